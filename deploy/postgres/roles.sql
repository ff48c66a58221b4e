-- Roles, schemas and grants of paidan. Idempotent; run as superuser in database paidan.
-- psql variable: services = array of the login roles. Passwords are set apart, as SCRAM verifiers.
--
-- X_owner (NOLOGIN) owns schema X and everything in it; login role X may use it and nothing else.
-- Tables get SELECT, INSERT, UPDATE by default (scripts/migrate; audit's own tables: SELECT, INSERT);
-- DELETE or TRUNCATE only where a migration grants it.

SELECT pg_advisory_lock(8311);

REVOKE ALL ON DATABASE paidan FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA IF NOT EXISTS ext;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA ext;

SELECT format('CREATE ROLE %I_owner NOLOGIN', x) FROM unnest(:'services'::text[]) x
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = x || '_owner') \gexec
SELECT format('CREATE ROLE %I LOGIN', x) FROM unnest(:'services'::text[]) x
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = x) \gexec
SELECT format('CREATE SCHEMA %I AUTHORIZATION %I_owner', x, x) FROM unnest(:'services'::text[]) x
 WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = x) \gexec

SELECT format(statement, x) FROM unnest(:'services'::text[]) x, unnest(ARRAY[
    'ALTER ROLE %1$I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT CONNECTION LIMIT 30',
    'ALTER ROLE %1$I SET search_path = %1$I, ext',
    'ALTER ROLE %1$I SET statement_timeout = ''30s''',
    'ALTER ROLE %1$I SET lock_timeout = ''5s''',
    'ALTER ROLE %1$I SET idle_in_transaction_session_timeout = ''30s''',
    'GRANT CONNECT ON DATABASE paidan TO %1$I',
    'REVOKE ALL ON SCHEMA %1$I FROM PUBLIC',
    'GRANT USAGE ON SCHEMA %1$I TO %1$I',
    'GRANT USAGE ON SCHEMA ext TO %1$I, %1$I_owner',
    'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC',
    'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I_owner IN SCHEMA %1$I GRANT EXECUTE ON FUNCTIONS TO %1$I',
    'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I_owner IN SCHEMA %1$I GRANT USAGE, SELECT ON SEQUENCES TO %1$I'
]) AS statement \gexec
