# sql2c.awk - turns services/<x>/sql/*.sql into a C header: one statement a file, one array a statement
#
# Leading comment lines stay in the .sql file; the rest becomes static const char SQL_<NAME>[].
function close_statement() { if (open) { printf ";\n"; open = 0 } }
FNR == 1 {
    close_statement()
    name = FILENAME; sub(/.*\//, "", name); sub(/\.sql$/, "", name)
    printf "\n__attribute__((unused)) static const char SQL_%s[] =\n", toupper(name)
    open = 1; body = 0
}
/^[ \t]*--/ { next }
/^[ \t]*$/ { next }
{ sub(/[ \t]*--.*$/, ""); gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); sub(/;[ \t]*$/, ""); printf "    \"%s\\n\"\n", $0; body = 1 }
END { close_statement() }
