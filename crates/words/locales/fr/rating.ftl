# Comment le client dit avoir été aidé : demandé une fois, après la clôture.
rating-ask = Avons-nous bien réglé votre demande ?
rating-words = Un mot à ajouter, si vous voulez
rating-thanks = Merci de votre avis :
rating-of-customer = Avis du client :
score-good = Satisfait
score-fair = Moyennement satisfait
score-bad = Pas satisfait
event-rated = { $by } a donné son avis : { $score }.
refusal-not-closed = La demande n’est pas close : l’avis se donne après.
refusal-already-rated = L’avis a déjà été donné.
deed-rate = avis donné
command-rate = Donner son avis
field-score = Avis
choice-good = satisfait
choice-fair = moyennement satisfait
choice-bad = pas satisfait
search-help-satisfaction = l’avis du client, une fois donné
