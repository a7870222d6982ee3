"""What a database consists of, as lines that can be compared."""

import asyncpg

_NOT_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"

_CATALOG = f"""
SELECT format('column %s.%s.%s %s not null %s default %s', n.nspname, c.relname, a.attname,
              format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE {_NOT_OURS} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'm', 'p')
UNION ALL
SELECT format('relation %s.%s kind %s owner %s row security %s file %s options %s', n.nspname, c.relname, c.relkind,
              pg_get_userbyid(c.relowner), c.relrowsecurity, c.relfilenode, c.reloptions)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE {_NOT_OURS} AND c.relkind <> 'i'
UNION ALL
SELECT format('grant on %s.%s to %s: %s', n.nspname, c.relname,
              CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END, g.privilege_type)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace CROSS JOIN aclexplode(c.relacl) AS g
WHERE {_NOT_OURS}
UNION ALL
SELECT format('constraint %s on %s.%s %s', k.conname, n.nspname, c.relname, pg_get_constraintdef(k.oid))
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE {_NOT_OURS}
UNION ALL
SELECT format('index %s.%s file %s valid %s %s', n.nspname, c.relname, c.relfilenode, i.indisvalid,
              pg_get_indexdef(c.oid))
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE {_NOT_OURS}
UNION ALL
SELECT format('policy %s on %s.%s %s to %s using %s check %s', policyname, schemaname, tablename, cmd, roles, qual,
              with_check)
FROM pg_policies
UNION ALL
SELECT format('trigger on %s.%s enabled %s %s', n.nspname, c.relname, t.tgenabled, pg_get_triggerdef(t.oid))
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE {_NOT_OURS} AND NOT t.tgisinternal
UNION ALL
SELECT format('view %s.%s %s', schemaname, viewname, definition)
FROM pg_views WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
UNION ALL
SELECT format('function %s.%s %s grants %s', n.nspname, p.oid::regprocedure, md5(p.prosrc), p.proacl)
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE {_NOT_OURS}
UNION ALL
SELECT format('published %s: %s.%s', pubname, schemaname, tablename) FROM pg_publication_tables
UNION ALL
SELECT format('schema %s owner %s grants %s', n.nspname, pg_get_userbyid(n.nspowner), n.nspacl)
FROM pg_namespace AS n WHERE {_NOT_OURS}
UNION ALL
SELECT format('default privileges of %s in %s on %s: %s', pg_get_userbyid(defaclrole), defaclnamespace::regnamespace,
              defaclobjtype, defaclacl)
FROM pg_default_acl
"""


async def catalog(connection: asyncpg.Connection) -> set[str]:
    """Return one line for each thing a migration could change, files on disk among them."""
    return {record[0] for record in await connection.fetch(_CATALOG)}


def of_public(lines: set[str]) -> set[str]:
    """Return the lines about the schema that CRMs show to the world."""
    return {line for line in lines if " public." in line}
