-- Changes with every change of the map, of the people.
SELECT map, people FROM city_version
