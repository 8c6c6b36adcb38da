## People

nav-people = People
people-title = People
people-what = Who works here, and who asks for each customer. A change holds at once, everywhere.
people-find = Find a name, an address or a customer
people-find-button = Find
people-everybody = All
people-staff = Provider
people-contacts = Customers
people-gone = Without access
people-sides = Which people
people-none = Nobody matches.
people-new = Add somebody
people-make = Add
people-name = Name
people-email = Email
people-role = Role
people-role-agent = Agent
people-role-lead = Team lead
people-role-manager = Manager
people-role-admin = Administrator
people-role-contact = Contact of a customer
people-language = Language
people-language-fr = Français
people-language-en = English
people-zone = Time zone
people-zone-hint = Such as America/Montreal. Empty, times are those of the contract.
people-accounts = Customers for whom this person asks
people-accounts-hint = The first is their own. A reseller has several.
people-account = Customer
people-account-none = None
people-account-role = Role for this customer
people-account-reader = Reads
people-account-requester = Asks
people-account-manager = Asks, and says who else may
people-teams = Teams
people-save = Save
people-done = Saved.
people-invited = The invitation has left. It works once, for seven days.
people-is-gone = Has no access any more.
people-access = Access
people-second-yes = A second factor is in place.
people-second-no = No second factor.
people-sessions =
    { $count ->
        [0] Signed in nowhere.
        [one] Signed in in { $count } place.
       *[other] Signed in in { $count } places.
    }
people-tokens =
    { $count ->
        [0] No token.
        [one] { $count } token.
       *[other] { $count } tokens.
    }
people-invite = Send an invitation
people-end-sessions = End the sessions
people-reset-second = Remove the second factor
people-let-go = Take the access away
people-let-go-more = Sessions, links and tokens end at once. The name stays on what the person did.
people-take-back = Give the access back
people-self = This is you: another administrator changes your role and your access.
people-rights = Who may do what (CSV)
teams-title = Teams
teams-what = Who works together. Members are chosen on each person’s page.
teams-new = New team
teams-key = Short name, for programs
teams-key-hint = Small letters, digits and hyphens. It never changes.
teams-name = Name
teams-make = Add the team
teams-rename = Rename
teams-nobody = Nobody.
account-people-nav = Your colleagues
account-people-title = Who may ask
account-people-what = The people of your organisation who read your requests or make them.
account-people-invite = Invite somebody
account-people-send = Send the invitation
account-people-sent = If this address can be invited, the invitation has left. The person shows here, and has access once they follow the link.
account-people-waiting = (invited, not here yet)
account-people-you = (you)
account-people-role = Change the role
account-people-remove = Remove
account-people-removed = Done.
portal-which-account = For which customer
portal-account-of-list = Customer
error-address-taken = Somebody else has this address already.
error-role-side = A contact does not become an agent, nor the reverse: add another person.
error-role-unknown = Choose a role of the list.
error-last-administrator = There has to be at least one administrator.
error-accounts-missing = A contact asks for at least one customer.
error-accounts-of-staff = The provider’s people have no role for a customer.
error-team-unknown = There is no such team, or the person is not of the provider.
error-team-key = This short name will not do: small letters, digits and hyphens, forty at most.
error-team-key-taken = A team has this short name already.
error-team-name = Give the team a name.
error-person-changed = Somebody else changed the same since you opened this page; it now says: { $now }. What you wrote is kept: compare, then save again.
error-person-left = This person has no access any more: give it back first.
error-language = Choose a language of the list.
error-zone = This time zone is not known.
deed-keep_account_people = people of a customer
deed-provision = a directory
deed-person_made = somebody added
deed-person_changed = somebody changed
deed-person_invited = an invitation sent
deed-second_factor_reset = somebody’s second factor removed
deed-sessions_ended = somebody’s sessions ended
deed-team_changed = a team changed

## Invitations by mail

mail-invitation-subject = Your access to { $provider }
mail-invitation-what = You have been given access to { $provider }, to ask for help and follow the answers.
mail-invitation-link =
    Open this link, then confirm:
    { $link }
mail-invitation-ignore = It works once and is good for 7 days. If you expected nothing, ignore this email.

## Mails about access

people-identities = Identity providers
people-identity-remove = Unlink
mail-key-subject = Your access to { $provider }
mail-key-password = Your password was just changed.
mail-key-second = A second factor was just set up for you.
mail-key-second-gone = Your second factor was just removed.
mail-key-codes = New recovery codes were just made for you.
mail-key-passkey = A passkey was just added to yours.
mail-key-passkey-gone = One of your passkeys was just removed.
mail-key-token = A token for a program was just made in your name.
mail-key-address = The address of your account was just changed.
mail-key-browser = You just signed in from a browser that you had not used before.
mail-key-identity = You just came in by an identity provider for the first time. From now on it lets you in.
mail-key-identity-gone = A link to an identity provider was just removed from your account.
mail-key-after-wrong = Your password was just given, after many wrong ones today. If that was not you, change it.
mail-key-password-alone = Your password was given several times today, and never your second factor. If that was not you, somebody knows your password: change it.
mail-key-link =
    If this was you, there is nothing to do. If not, end the sessions that you do not know and tell your administrator:
    { $link }
