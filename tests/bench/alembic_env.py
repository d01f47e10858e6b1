"""The env.py that Alembic runs for the comparison in migrations.mjs.

The metadata is what SQLAlchemy itself read from the database before (alembic_reflect.py), so that there is nothing to
find, as `roster check` has nothing to find. It is unpickled, which takes less time than declaring the same classes."""
import os
import pickle

from alembic import context
from sqlalchemy import create_engine

with open(os.environ["BENCH_METADATA"], "rb") as file:
    metadata = pickle.load(file)


def keep_if_something_differs(migration_context, revision, directives):
    if directives[0].upgrade_ops.is_empty():
        directives[:] = []


def not_the_history(thing, name, kind, reflected, compared_with):
    return not (kind == "table" and name.startswith("roster_revision"))


# Types are compared, as roster does and newer Alembics do unasked. Defaults are not, which roster does besides: comparing
# those that were read from a database is an error of SQL in Alembic 1.8.
with create_engine(os.environ["BENCH_SQLALCHEMY_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True,
                      version_table_schema="alembic", include_object=not_the_history,
                      process_revision_directives=keep_if_something_differs)
    with context.begin_transaction():
        context.run_migrations()
