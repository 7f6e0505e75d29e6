"""A report of an evaluation for people: one page of HTML, or Markdown with its pictures beside it."""
