"""What clients may not say, for both walls: the check before there is a job, and the engine itself."""

# Each is an expression; the engine is given it as `SELECT <expression>`.
EXPRESSIONS = [
    "getenv('HOME')",
    "read_csv('/etc/passwd')",
    "(SELECT content FROM read_text('/etc/passwd'))",
    "(SELECT count(*) FROM read_csv('/etc/passwd'))",
    "(SELECT count(*) FROM read_parquet('s3://elsewhere/x.parquet'))",
    "(SELECT count(*) FROM glob('/etc/*'))",
    "(SELECT count(*) FROM '/etc/passwd')",
    "(SELECT count(*) FROM duckdb_secrets())",
    "repeat('x', 100000000000)",
    "range(100000000000)",
    "repeat(repeat('x', 100000), 10000)",
    "(SELECT string_agg(repeat('x', 100000)) FROM range(1000000))",
    "error('boo')",
    "nextval('s')",
]
# Each is a statement.
STATEMENTS = [
    "COPY (SELECT 1) TO '/tmp/streamer-hostile.csv'",
    "COPY rows FROM '/etc/passwd'",
    "ATTACH '/tmp/streamer-hostile.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA memory_limit='8GB'",
    "SET memory_limit='8GB'",
    "SET enable_external_access=true",
    "SET lock_configuration=false",
    "RESET memory_limit",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_json('http://127.0.0.1:9/x.json')",
    "EXPORT DATABASE '/tmp/streamer-hostile'",
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "SELECT * FROM other",
    "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r",
    "SELECT count(*) FROM range(100000000) a, range(100000000) b",
]
