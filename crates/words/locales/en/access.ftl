## Rights: what a page does not offer

portal-reads-only = You follow this request as a reader: whoever manages your account can give you the right to answer.

## My access: sessions, password, second factor, tokens

account-title = My access
account-once = It is never shown again: keep it safe.
account-stale = You signed in more than a quarter of an hour ago. To change what follows, sign in again.
account-again = Sign in again
account-end = End
account-sessions = Where you are signed in
account-browser-unknown = Unknown browser
account-this = (this window)
account-end-others = End all the others
account-done-sessions = The other sessions have ended.
account-second = Second factor
account-second-none = A code from your phone, on top of the link or the password.
account-second-begin = Set up a second factor
account-second-how = Type this key into an application that makes codes, then give the code it shows.
account-second-open = Open in an application of this device
account-second-confirm = Confirm
account-second-since = In place since { $at }.
account-second-remove = Remove the second factor
account-done-second = The second factor is in place.
account-done-second-gone = The second factor is removed.
account-code = Code
account-codes-made = Your recovery codes
account-codes-how = Each stands in once for the phone. Print them or write them down: they are not shown again.
account-codes-left =
    { $count ->
        [0] No recovery code is left.
        [one] { $count } recovery code is left.
       *[other] { $count } recovery codes are left.
    }
account-codes-renew = Make new recovery codes
account-codes-by-passkey = To make new ones, sign in again with a passkey.
account-password = Password
account-password-set = You have a password. Changing it ends the other sessions.
account-password-none = You have none: the link by mail is enough.
account-password-current = Current password
account-password-end-tokens = Also end the tokens of my programs
account-password-new = New password
account-password-hint = At least { $count } characters. A sentence does very well.
account-password-save = Save the password
account-done-password = The password is saved, and the other sessions have ended.
account-identities = Identity providers
account-identities-what = Each of these lets you in when it says who you are.
account-identity-remove = Unlink
account-done-identity = The link is removed.
account-tokens = Tokens of your programs
account-tokens-what = A token acts in your name, with the rights you have at the time.
account-token-made = Your token
account-token-unnamed = Unnamed
account-token-writes = Reads and writes.
account-token-reads = Reads only.
account-token-until = Valid until { $at }.
account-token-over = Expired.
account-token-endless = Without expiry.
account-token-used = Last used { $at }.
account-token-unused = Never used.
account-token-renew = Renew
account-token-label = Name, such as the program that uses it
account-token-days = Valid for how many days
account-token-write = May write as well
account-token-people = May also read and change people and their roles
account-token-keeps-people = Sees and changes people.
account-token-make = Make the token
error-code = This code does not fit. Wait for the next one, or take a recovery code.
error-session-old = Sign in again to change this: the page of your account offers it.
error-password-current = This is not your current password. If you forgot it, sign in by a link and set another.
error-password-short = This password is too short.
error-password-long = This password is too long: a thousand bytes at most.
error-password-common = This password is known or can be guessed: a sequence, a repetition, a published list.
error-password-own = This password is mostly your name or your address.
error-token-label = Give the token a name.
error-token-scopes = A token without a right is of no use.
error-token-days = Give a number of days from 1 to 365.

## Other ways in

sign-in-by-password = I have a password
sign-in-error-password = This address and this password do not go together. Without a password, leave the field empty: you will receive a link.
sign-in-with-password = Sign in with the password
second-title = Second factor
second-how = Type the code of your application, or one of your recovery codes.
second-set-up = Set up your second factor
second-why = This service holds other people’s data: it asks a second factor of whoever works here.
second-send = Continue
second-go-on = The codes are safe, continue

## First start

set-up-title = First start
set-up-how = Name the person who administers. This page works once.
set-up-no-provider = No provider is defined yet: name a file under “load” in the configuration, then restart.
set-up-provider = Provider
set-up-name = Name
set-up-name-missing = Give the person’s name.
set-up-send = Name and enter
problem-too-many-more = Too many tries in a short time. Try again later.

## Journal

nav-journal = Journal
journal-title = Journal
journal-export = Export
journal-what = What each changed, and what was refused, with the network it came from.
journal-empty = Nothing yet.
journal-nobody = Unknown
journal-done = did:
journal-refused = was refused:
journal-failed = could not do:
deed-sign_in = signing in
deed-enter = the sign-in page
deed-watch = the state of the service
deed-play_demonstration = the demonstration
deed-keep_own_keys = their own access
deed-follow_changes = following live
deed-use_workspace = the agents’ pages
deed-use_portal = the portal
deed-read_requests = reading requests
deed-read_agreements = reading contracts
deed-open_for_others = a request opened for a customer
deed-open = opening a request
deed-reply = an answer
deed-note = an internal note
deed-assign = an assignment
deed-set_severity = the severity
deed-classify = a classification
deed-judge_coverage = a judgement of coverage
deed-wait = waiting or resuming
deed-pass_to_vendor = passing to the vendor or back
deed-resolve = a resolution
deed-confirm = confirming the resolution
deed-close = closing
deed-reopen = reopening
deed-keep_people = people and roles
deed-read_audit = reading the journal
deed-keep_privacy = personal data
deed-outlived = destruction at the end of retention
deed-account_destroyed = destruction of a customer

## Identity providers

openid-way = Sign in with { $label }
openid-go-on = Go on to { $label }
openid-refused = This sign-in did not succeed
openid-refused-more = The identity provider could not confirm that somebody known here is there. Try again, or come in another way. If it happens again, write to your administrator.

## Passkeys

passkey-enter = Sign in with a passkey
passkey-prove = Show my passkey
passkey-failed = That did not succeed. Try again, or come in another way.
passkey-script = A passkey needs the scripts of this site to be allowed.
passkey-refused = This passkey could not be verified. Try again, or come in another way.
second-how-passkey = Show your passkey.
account-passkeys = Passkeys
account-passkeys-what = Your phone, your computer or a security key, unlocked by you. A passkey is enough to come in, without address or code, and works on this site alone.
account-passkey-unused = Never used.
account-passkey-label = Name, such as the device
account-passkey-make = Add a passkey
account-passkey-remove = Remove
account-done-passkey = The passkey is in place.
account-done-passkey-gone = The passkey is removed.
error-passkey = This passkey could not be verified. Try again.
error-passkeys-many = Twenty passkeys are enough: remove one.
