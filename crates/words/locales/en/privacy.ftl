erased-person = Erased person
erased-subject = (subject erased)
event-erased = Contents erased at a person’s request, files or texts: { $count }.

nav-privacy = Privacy
privacy-title = Privacy
privacy-what = What is kept of people, and its erasure (GDPR art. 17). What has to stay stays under an id that names nobody.
privacy-find = Find a person, by name or address
privacy-find-go = Find
privacy-nobody = Nobody of that name.
privacy-colleague = Colleague
privacy-contact = Customer
privacy-erasures = Erasures
privacy-no-erasures = None so far.
privacy-under-way = under way
privacy-done = erased
privacy-scrubbed = erased, pages of the database cleaned
privacy-by-operator = by whoever runs the installation
privacy-identity = identity alone
privacy-person = A person
privacy-erase = Erase this person
privacy-erase-contact = Their messages, files and requests, what they were answered, their keys and all that names them go for ever. What happened and when stays, without a name.
privacy-erase-colleague = Their name, address and keys go for ever. Their answers stay, since they belong to those who asked.
privacy-erase-texts = Erase what this person wrote as well
privacy-erase-confirm = Their address, to confirm
privacy-erase-go = Erase for ever
privacy-erased = Erased: { $texts } texts and { $files } files, in { $requests } requests.
privacy-mentions = Still named
privacy-mentions-what = Others wrote their name or address in these requests. It is for you to judge whether it has to stay there.
privacy-entries = Still named in what the desk keeps
privacy-entries-what = These texts, rules or settings of the desk hold their name or address. It is for you to judge whether it has to stay there.
error-erasure-address = That is not this person’s address: copy it as it is shown.
register-title = Register of processing
register-what = What every table holds, why and how long (GDPR art. 30). Made from the schema of the database.
register-purpose = Purpose
register-kept = Kept
register-personal = Personal data
register-content = Contents
register-secret = Secrets
register-key = Identifiers
register-technical = Technical data
register-purpose-identity = knowing who asks, who answers and with which rights
register-purpose-access = letting each in, and nobody else
register-purpose-contract = executing the contract
register-purpose-service = running the service
register-purpose-proof = proving what happened and when
register-purpose-support = answering requests
register-purpose-search = finding a request by its words
register-purpose-mail = receiving and sending mail
register-purpose-webhooks = telling other programs
register-purpose-journal = knowing who did what
register-purpose-privacy = not bringing back what was erased
register-kept-until-erased = until the person is erased
register-kept-until-expiry = until its expiry, or the person is erased
register-kept-always = without limit; names nobody once the person is erased
register-kept-with-request = as long as the request, or until the person is erased or the contract wants it destroyed
register-kept-a-day = a day
register-kept-thirty-days = thirty days
register-kept-never = for the time of a transaction
privacy-export = All that is kept of this person
privacy-export-what = An archive of texts and files (GDPR art. 15 and 20), with nothing of others.
privacy-export-go = Export
privacy-register = Register of processing
event-outlived = Contents destroyed at the end of their retention, files or texts: { $count }.
outlived-subject = Request whose content was destroyed
outlived-requester = Requester whose name was destroyed
register-kept-by-retention = as long as the Retention page says, or without end
error-months = Write a whole number of months, 1 to 600, or leave it empty.
retention-title = Retention
retention-what = After how many months past the end of a request, or past their date, data are destroyed. The journal and who saw what are kept for twelve months unless set otherwise; nothing else is destroyed as long as nothing is set. A contract with a period of its own comes first, then the customer, then the desk. What happened, the deadlines and a certificate stay.
retention-for = Periods
retention-desk = of the whole desk
retention-choose = Show
retention-messages = Texts of requests
retention-attachments = Attachments
retention-letters = Letters as they came, and their formatting
retention-kept_mail = Letters that became no request
retention-journal = Journal
retention-looks = Who saw what
retention-access = Known browsers, and invitations nobody took
retention-months = In months; empty for ever, but twelve months for the journal and who saw what. The last 180 days of the journal always stay.
retention-from = In force from
retention-try = Show what would go
retention-keep = Set these periods, in force in a day
retention-tried = What would go
retention-due = What goes now
retention-nothing = Nothing.
retention-requests = { $count ->
    [one] { $count } request
   *[other] { $count } requests
  }
retention-rows = { $count ->
    [one] { $count } row
   *[other] { $count } rows
  }
retention-count = { $count ->
    [one] { $count } month
   *[other] { $count } months
  }
retention-accounts = Customers with periods of their own
retention-done = Destroyed so far
retention-swept = { $requests } requests treated, { $texts } texts and { $files } files destroyed.
looks-title = Who saw what
looks-what = Who saw what, when and from which network. The same again within an hour is noted once.
looks-number = Number of the request
looks-person = Address or id of the person
looks-subject = Address or id of the contact whose requests were seen
looks-from = From
looks-until = Until, this day included
looks-find = Find
looks-none = Nobody saw any of it.
looks-request = saw the request
looks-file = opened a file of
looks-letter = saw the formatting of a letter of
looks-raw_letter = downloaded the letter
looks-export = exported what is kept of
looks-journal = exported the journal
looks-by-session = by a browser
looks-by-token = by a program

## Files and the scanner

file-waiting = waiting for the scanner
file-infected = infected, held
file-unscannable = not readable by the scanner, held
error-file-waiting = The scanner has not looked at this file yet. Try again in a minute.
error-file-infected = The scanner found something in this file: it is not handed on.
error-file-unscannable = The scanner cannot look at this file: it is not handed on.
event-source-done = A letter was destroyed in the mailbox that it came from.
event-source-not-there = A letter was not in the mailbox any more that it came from.
event-source-another = A letter was not destroyed in the mailbox that it came from: another stands there under its number.
event-source-failed = A letter could not be destroyed in the mailbox that it came from: for four days its server did not answer, or did not allow it.
