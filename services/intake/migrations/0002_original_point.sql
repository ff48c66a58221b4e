-- Coordinates as the caller gave them, when he declared another system than WGS84; lat and long stay WGS84.
-- original_system: paidan.common.v1.CoordinateSystem.
ALTER TABLE service_request
    ADD original_lat double precision CHECK (original_lat BETWEEN -90 AND 90),
    ADD original_long double precision CHECK (original_long BETWEEN -180 AND 180),
    ADD original_system smallint CHECK (original_system BETWEEN 2 AND 4),
    ADD CHECK ((original_lat IS NULL) = (original_system IS NULL)),
    ADD CHECK ((original_long IS NULL) = (original_system IS NULL)),
    ADD CHECK (original_system IS NULL OR lat IS NOT NULL);
