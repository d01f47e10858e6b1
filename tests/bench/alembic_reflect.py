"""Reads a database's tables with SQLAlchemy and keeps them as a file: what alembic_env.py compares with."""
import os
import pickle

from sqlalchemy import MetaData, create_engine

engine = create_engine(os.environ["BENCH_SQLALCHEMY_URL"])
with engine.begin() as connection:  # Alembic's own table is no difference to the models
    connection.execute("CREATE SCHEMA IF NOT EXISTS alembic")
metadata = MetaData()
metadata.reflect(engine, only=lambda name, _: not name.startswith("roster_revision"))
with open(os.environ["BENCH_METADATA"], "wb") as file:
    pickle.dump(metadata, file)
print(len(metadata.tables))
