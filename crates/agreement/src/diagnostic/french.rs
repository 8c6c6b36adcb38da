use crate::diagnostic::{Code, Words};

/// Words for what a name or a value should be.
pub(super) fn spoken(word: &str) -> &str {
    match word {
        "table" => "une table",
        "rows" => "une ou plusieurs tables",
        "text" => "des mots entre guillemets",
        "names" => "un nom ou une liste de noms",
        "yes-no" => "true ou false",
        "number" => "un nombre",
        "date" => "un jour tel que 2026-07-01",
        "span" => "une durée telle que \"4 business hours\"",
        "condition" => "une condition telle que { channel = \"email\" }",
        "events" => "un événement ou une liste d’événements",
        "hours" => "des heures par jour de la semaine, telles que { mon-fri = [\"09:00-17:00\"] }",
        "figure" => "un chiffre comme « 5 % », « 40 EUR » ou « 1 unit »",
        "money" => "un montant comme « 600 EUR »",
        "units" => "un nombre d’unités tel que \"3 units\"",
        "days" => "un nombre de jours tel que \"365 days\"",
        "measured" => {
            "un chiffre de ce qui est mesuré, tel que \"1 hour\", ou \"1 day\" là où des jours sont mesurés"
        }
        "scalar" => "une seule valeur",
        "day-rule" => {
            "un jour tel que { date = \"12-25\" }, { easter = 1 } ou { nth = 1, weekday = \"mon\", month = 9 }"
        }
        "instant" => "un instant tel que \"2026-03-06T16:30:00+01:00\"",
        "set" => "les valeurs d’un ensemble sous has_any ou has_all",
        "alternative" => "aucune lecture écartée",
        "base" => "aucune base",
        "calendar" => "aucun calendrier",
        "cause" => "aucune cause",
        "clause" => "aucune clause",
        "event" => "aucun événement",
        "example" => "aucune clé d’exemple",
        "fact" => "aucun fait",
        "interpretation" => "aucune interprétation",
        "item" => "aucun point de la liste",
        "language" => "aucune langue du document",
        "ledger" => "aucun travail prépayé",
        "list" => "aucune liste de produits",
        "mail" => "aucun courriel",
        "measure" => "aucune mesure",
        "party" => "aucune partie que l’on attende",
        "variable" => "aucune variable d’un courriel",
        "parameter" => "aucun paramètre",
        "pause" => "aucune pause",
        "promise" => "aucune promesse",
        "rate" => "aucun taux",
        "role" => "aucun rôle",
        "rule" => "aucune règle",
        "entry" => "aucun titre de la liste",
        "case" => "aucune exception",
        other => other,
    }
}

/// The words of a code.
#[rustfmt::skip]
pub(super) fn words(code: Code) -> Words {
    let (sentence, help, help_nearest, second) = match code {
        Code::NotToml => ("ce bloc ne se lit pas comme du TOML : {message}", "écrivez des lignes `clé = valeur` sous des en-têtes `[sorte.nom]` ; un texte se met entre guillemets", None, ""),
        Code::NoAgreement => ("le document ne dit pas de quel accord il s’agit", "écrivez sous le titre un bloc `[agreement]` avec format, key, version, effective et zone", None, ""),
        Code::UnknownKind => ("aucune sorte de règle ne s’appelle `{kind}`", "les sortes de règles sont décrites dans docs/agreement-language.md", Some("écrivez `{nearest}`"), ""),
        Code::UnknownKey => ("`{rule}` n’a pas de clé `{key}`", "retirez la clé ; `{rule}` connaît {known}", Some("écrivez `{nearest}`"), ""),
        Code::UnknownName => ("{what} ne s’appelle `{name}`", "déclarez ce nom, ou écrivez celui d’une règle déclarée", Some("écrivez `{nearest}`"), ""),
        Code::UnknownValue => ("`{value}` n’est pas une valeur de `{fact}`", "écrivez l’une de celles-ci : {known}", Some("écrivez `{nearest}` (les valeurs sont {known})"), "les valeurs sont déclarées ici"),
        Code::WrongValue => ("`{key}` demande {wanted}", "écrivez {wanted}", None, ""),
        Code::WordsCompared => ("`{fact}` contient les mots de personnes, qui peuvent être effacés : aucune règle ne peut dépendre de ce qu’ils disent", "demandez `{fact} = { known = true }`, ou déclarez-le avec `type = \"text\"` s’il s’agit d’un texte court qui ne concerne personne", None, "déclaré ici"),
        Code::MissingKey => ("il manque à `{rule}` la clé `{key}`", "ajoutez `{key} = …`", None, ""),
        Code::WrittenTwice => ("`{key}` de `{rule}` est écrit deux fois", "gardez l’un des deux ; une exception s’écrit sous `[[{rule}.case]]` avec un `when`", None, "déjà écrit ici"),
        Code::BadSpan => ("`{text}` n’est pas une durée", "écrivez un nombre et une unité, tels que \"10 minutes\", \"4 business hours\" ou \"2 business days\", ou \"end of business day 3\", \"end of month\", \"2 to 4 hours\", \"immediately\", \"none\" ou \"unstated\"", Some("écrivez \"{nearest}\""), ""),
        Code::BadZone => ("aucun fuseau horaire ne s’appelle `{text}`", "écrivez un nom IANA tel que \"America/Toronto\" ou un décalage tel que \"-05:00\"", Some("écrivez \"{nearest}\""), ""),
        Code::BadHours => ("`{text}` ne sont pas des heures d’ouverture", "écrivez des jours `mon` à `sun`, un seul ou une suite telle que `mon-fri`, avec des plages telles que [\"09:00-12:00\", \"13:00-17:00\"]", None, ""),
        Code::OverlappingWindows => ("les plages {first} et {other} de `{day}` se chevauchent", "réunissez-les en une seule, ou déplacez l’une d’elles", None, "l’autre plage"),
        Code::NeverOpens => ("le calendrier `{name}` n’ouvre jamais", "donnez-lui des heures au moins un jour, par exemple open = { mon-fri = [\"09:00-17:00\"] }", None, ""),
        Code::MissingHolidays => ("aucune liste de jours fériés ne s’appelle `{name}`", "déclarez `[holidays.{name}]`, ou nommez une liste fournie, telle que \"ca-qc\", \"fr\" ou \"gb-eng\"", Some("écrivez \"{nearest}\""), ""),
        Code::BadHolidayFile => ("la ligne {line} de ce texte iCalendar ne peut pas être lue comme un jour fermé", "écrivez des événements de journées entières, tels que DTSTART;VALUE=DATE:20261225, chacun une fois ou tous les ans avec RRULE:FREQ=YEARLY", None, ""),
        Code::BusinessDayUnsaid => ("`{rule}` compte des jours ouvrables sans dire ce qu’est un jour ouvrable", "ajoutez `business_day = \"length\"`, `\"same-time\"` ou `\"close\"`", None, "compté ici"),
        Code::NoCalendar => ("`{rule}` compte en temps d’ouverture sans calendrier", "ajoutez `calendar = \"…\"` avec le nom d’un calendrier", None, ""),
        Code::ChoiceGap => ("ce choix selon `{fact}` ne dit rien pour {missing}", "ajoutez une ligne pour chacune, ou `else = …`", None, ""),
        Code::Disagree => ("deux exceptions à `{rule}` peuvent valoir ensemble et donnent des valeurs différentes de `{key}`", "resserrez un `when`, ou écrivez `except = \"NOM\"` dans celle qui l’emporte, NOM étant le `name` de l’autre", None, "l’autre exception"),
        Code::NeverApplies => ("cette exception à `{rule}` ne peut jamais s’appliquer", "corrigez son `when`, ou retirez l’exception", None, "à cause de ceci"),
        Code::SeverityWithoutTarget => ("les exceptions de `{rule}` donnent un délai à certaines gravités, et aucun à {missing}", "ajoutez une exception pour chacune, ou `within` à la règle même : un délai pour toutes les autres, ou \"none\" où rien n’est promis", None, "une exception qui en donne un"),
        Code::BandGap => ("entre deux tranches de `{rule}` se trouvent des nombres qui n’appartiennent à aucune", "faites commencer une tranche où l’autre finit (`below = \"99 %\"`, puis `at_least = \"99 %\"`), ou gardez le vide avec allow = [\"band-gap\"]", None, "la tranche du dessous"),
        Code::BandUnreachable => ("aucun nombre n’atteint cette tranche de `{rule}` seule : elle est vide, ou une autre contient les mêmes nombres", "corrigez ses bornes pour que chaque nombre soit dans une seule tranche", None, "l’autre tranche"),
        Code::NoStop => ("rien n’arrête l’échéance de `{rule}`", "ajoutez `stop = [\"…\"]` avec l’événement qui tient la promesse, tel que \"answered\" ou \"resolved\"", None, ""),
        Code::Circle => ("`{name}` ramène à soi-même", "rompez le cercle : l’une des règles doit tenir par elle-même", None, ""),
        Code::ProseDiffers => ("le texte dit « {figure} », les règles de cette clause disent {known}", "mettez le texte et la règle d’accord ; une clause qui ne fait qu’informer porte `[clause]` `information = true`", None, "la règle"),
        Code::ClauseTwice => ("deux clauses portent le numéro {number}", "donnez à chaque titre un numéro propre, ou une marque telle que {#A2}", None, "la première"),
        Code::UnnumberedClause => ("des règles se trouvent sous un titre sans numéro", "commencez le titre par un numéro, ou terminez-le par une marque telle que {#A}", None, "les règles"),
        Code::ExampleDiffers => ("l’exemple « {title} » attend {expected} et donne {found}", "corrigez la règle, ou l’exemple", None, ""),
        Code::ExampleNotComputed => ("l’exemple « {title} » attend {expected}, que rien ne calcule", "dites à côté de quoi il s’agit, par exemple `promise`, `rule`, `measure` ou `act`, par un nom que porte le document, ou retirez-le", None, ""),
        Code::ExampleExpectsNothing => ("l’exemple « {title} » n’attend rien", "ajoutez `expect = [{ promise = \"…\", due = \"…\" }]`", None, ""),
        Code::NoRule => ("la clause {number} promet quelque chose et n’a pas de règle", "écrivez-y un bloc `terms`, ou `[clause]` avec `information = true`", None, ""),
        Code::TargetsGrow => ("l’objectif de `{rule}` croît avec la gravité : {worse} a {longer}, {milder} a {shorter}", "échangez les chiffres, ou gardez-les avec allow = [\"targets-grow-with-severity\"]", None, "les gravités, à partir de la pire"),
        Code::UnusedPause => ("aucune promesse ne cite la pause `{name}`", "ajoutez-la au `pause` des promesses qu’elle touche, ou retirez-la", None, ""),
    };
    Words { sentence, help, help_nearest, second }
}
