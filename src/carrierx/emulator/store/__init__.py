"""Database and tables of an emulator, and the selection of objects for lists: filters, order and pages."""
