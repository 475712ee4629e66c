-- Run once, while the volume of the database is new: the service gets a role that is no superuser,
-- and a database of its own. The superuser is then let in from inside the container alone.
\getenv password POSTGRES_PASSWORD
CREATE ROLE service LOGIN PASSWORD :'password';
CREATE DATABASE "{{ cookiecutter.project_slug | replace("-", "_") }}" OWNER service;
ALTER ROLE postgres PASSWORD NULL;
