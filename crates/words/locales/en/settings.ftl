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
settings-changes = Who changed which setting, with what it said before and after.

## History of settings

changes-title = History of settings
changes-what = Who changed which setting, and what it said before and after.
changes-kind = Setting
changes-all = All
changes-key = Key
changes-none = Nothing was changed.
changes-itself = The desk
changes-made = made:
changes-changed = changed:
changes-removed = removed:
changes-erased = changed, in words that were erased since with a person:
changes-before = before:
changes-after = after:
changes-of-this = The whole history of this setting
error-setting-kind = There is no such setting. Choose one of the list.
setting-kind-adviser = adviser
setting-kind-assignment = rule of assignment
setting-kind-directory_let_go = departure told by the directory
setting-kind-field = field
setting-kind-licence = licence
setting-kind-macro = macro
setting-kind-mail_key = certificate or key
setting-kind-mail_template = letter
setting-kind-named_contacts = named contacts
setting-kind-release = published version
setting-kind-reply = canned reply
setting-kind-retention = retention
setting-kind-rule = rule
setting-kind-team_hours = hours of a team
