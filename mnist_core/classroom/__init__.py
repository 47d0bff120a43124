"""A class without accounts: its pupils and what they hand in, kept in one SQLite file with a date to delete it.

May import `data`, `ink`, `constants`, `formatting`, `paths` and `plain_text`. SQLAlchemy is imported when the first
class is looked for.
"""
