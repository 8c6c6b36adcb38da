# Ce qui s’écrit et n’est pas encore parti.
draft-keep = Garder en brouillon
draft-kept = Brouillon gardé
draft-writing = { $person } est en train d’écrire.
draft-of-other = { $person } a un brouillon sur cette demande.
