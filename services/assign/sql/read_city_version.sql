-- Changes with every change of the map, of the people; how far the log of accountability goes.
SELECT map, people, walked_to FROM city_version
