-- Changes with every change of the city.
SELECT version FROM city_version
