"""Applies services/*/migrations/*.sql to the schema of each service, once, in order, and remembers their checksums.

For each of intake, assign, notify, audit: services/common/migrations, then its own; gateway: its own alone.
One file is one transaction, run as X_owner with search_path = X, ext. In a file, :service is the login role.
"""

import hashlib
import re

from .settings import EVENT_SERVICES, ROOT, SERVICES, StackError

TRANSACTION_WORD = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|START\s+TRANSACTION)\s*;", re.IGNORECASE | re.MULTILINE)

RECORD = """
CREATE TABLE IF NOT EXISTS {s}.schema_migration (
    name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
GRANT SELECT ON {s}.schema_migration TO {s};
"""

# The default grants differ: of audit's own tables the service may not change a row unless the file says so.
APPLY = """
BEGIN;
SELECT pg_advisory_xact_lock(8311);
SELECT EXISTS (SELECT FROM {s}.schema_migration WHERE name = '{name}') AS done \\gset
\\if :done
\\else
ALTER DEFAULT PRIVILEGES FOR ROLE {s}_owner IN SCHEMA {s} REVOKE ALL ON TABLES FROM {s};
ALTER DEFAULT PRIVILEGES FOR ROLE {s}_owner IN SCHEMA {s} GRANT {grants} ON TABLES TO {s};
SET LOCAL ROLE {s}_owner;
SET LOCAL search_path = {s}, ext;
\\set service {s}
\\i '{path}'
RESET ROLE;
INSERT INTO {s}.schema_migration (name, checksum) VALUES ('{name}', '{checksum}');
\\endif
COMMIT;
"""


def files_of(service, root=ROOT):
    """[(recorded name, path)], the order in which they are applied."""
    rooms = (["common"] if service in EVENT_SERVICES else []) + [service]
    return [(f"{room}/{path.name}", path) for room in rooms
            for path in sorted((root / "services" / room / "migrations").glob("*.sql"))]


def checksum(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def migrate(psql, services=SERVICES, root=ROOT):
    """Applies what is new. Returns the list of 'schema: file' applied. Refuses when an applied file was changed."""
    psql("SELECT pg_advisory_lock(8311);" + "".join(RECORD.format(s=s) for s in services))
    applied = applied_files(psql, services)
    script, new = [], []
    for service in services:
        files = files_of(service, root)
        refuse_lost(service, files, applied)
        for name, path in files:
            known = applied.get((service, name))
            if known and known != checksum(path):
                raise StackError(f"{path.relative_to(root)} was changed after it was applied to schema {service}; "
                                 "restore the file and write a new migration instead")
            if not known:
                script.append(step(service, name, path, root))
                new.append(f"{service}: {name}")
    if script:
        psql("\n".join(script), variables=[("QUIET", "1")])
    return new


def applied_files(psql, services):
    query = " UNION ALL ".join(f"SELECT '{s}', name, checksum FROM {s}.schema_migration" for s in services)
    lines = psql(query, rows=True).splitlines()
    return {(s, name): check for s, name, check in (line.split("|") for line in lines if line)}


def refuse_lost(service, files, applied):
    lost = {name for s, name in applied if s == service} - {name for name, _ in files}
    if lost:
        raise StackError(f"schema {service} has migrations that this version does not know: {', '.join(sorted(lost))}; "
                         "the data is from a newer version, or a file was deleted")


def step(service, name, path, root):
    found = TRANSACTION_WORD.search(strip_bodies(path.read_text()))
    if found:
        raise StackError(f"{path.relative_to(root)}: '{found.group().strip()}' is not allowed, a file is one transaction")
    own_audit = service == "audit" and not name.startswith("common/")
    grants = "SELECT, INSERT" if own_audit else "SELECT, INSERT, UPDATE"
    return APPLY.format(s=service, name=name, path=path, checksum=checksum(path), grants=grants)


def strip_bodies(sql):
    """Without function bodies and comments, where BEGIN; may stand."""
    return re.sub(r"--[^\n]*", "", re.sub(r"(\$\w*\$).*?\1", "", sql, flags=re.DOTALL))
