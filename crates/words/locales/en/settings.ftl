# What a desk sets: one page, a door for each matter.
settings-title = Settings
settings-none = There is nothing for you to set here.
settings-people = Who works here, who the contacts of your customers are, and what each may do.
settings-teams-name = Teams
settings-teams = The teams that your agreements name, and who belongs to them.
settings-texts = The answers you often write, and the macros that give several commands at once.
settings-mail-templates = The words in which the mails leave that your desk sends by itself.
settings-rules = What is done by itself when something happens or time passes.
settings-mail = Letters that became no request, and those that did not arrive.
settings-webhooks = Other programs that are told what happens here.
settings-privacy = What you hold about a person: hand it over, or erase it.
settings-register = Which data is kept, why, and for how long.
settings-journal = What was done or refused, by whom and from where.
settings-looks = Who saw which request, file or letter, and when.
