# Lines of "what the codec says <tab> what the vectors hold": says which differ, and how many were looked at.
{
    bytes = $1
    sub(/.*\| /, "", bytes)
    if ($2 !~ /"packet":/) right = $1 == "refused"
    else if ($2 ~ /"canonical": false/) right = $1 != "refused"
    else right = index($2, "\"hex\": \"" bytes "\"") > 0
    if (!right) { print "differs: " $1 " from " $2; wrong++ }
}
END {
    print NR " packets, " wrong + 0 " differ"
    exit (wrong > 0 || NR == 0)
}
