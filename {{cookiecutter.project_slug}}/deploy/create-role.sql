-- Runs once, when the volume is new: creates a role without superuser rights, and its database.
-- Without a password, the superuser can connect only from inside the container.
\getenv password POSTGRES_PASSWORD
CREATE ROLE service LOGIN PASSWORD :'password';
CREATE DATABASE "{{ cookiecutter.project_slug | replace("-", "_") }}" OWNER service;
ALTER ROLE postgres PASSWORD NULL;
