-- What goes on in another request is no work of its own: it leaves the queues and the counts while it does.
ALTER TABLE ticket ADD COLUMN merged_into BLOB;
CREATE INDEX ticket_by_merging ON ticket (provider, merged_into) WHERE merged_into IS NOT NULL;

-- From here on the engines differ. Which those are, the log says: the last that it tells of it holds.
UPDATE ticket SET merged_into = unhex(bond.target) FROM (
    SELECT l.provider, l.ticket, json_extract(e.value, '$.event.merged_into.ticket') AS target,
        row_number() OVER (PARTITION BY l.provider, l.ticket ORDER BY l.version DESC, e.key DESC) AS back
    FROM log AS l, json_each(l.body) AS e
    WHERE (l.body LIKE '%"merged_into":{%' OR l.body LIKE '%"unmerged":{%')
    AND (json_type(e.value, '$.event.merged_into') = 'object' OR json_type(e.value, '$.event.unmerged') = 'object')
) AS bond
WHERE bond.back = 1 AND bond.target IS NOT NULL AND bond.provider = ticket.provider AND bond.ticket = ticket.id;

UPDATE desk_counter SET live = desk_counter.live - merged.live, ours = desk_counter.ours - merged.ours,
    late = desk_counter.late - merged.late, missed = desk_counter.missed - merged.missed,
    unassigned = desk_counter.unassigned - merged.unassigned, waiting = desk_counter.waiting - merged.waiting,
    snoozed = desk_counter.snoozed - merged.snoozed
FROM (
    SELECT provider, count(*) AS live,
        sum(CASE WHEN turn = 'provider' THEN 1 ELSE 0 END) AS ours, sum(late) AS late, sum(missed) AS missed,
        sum(CASE WHEN length(assignee) = 0 AND snoozed = 0 THEN 1 ELSE 0 END) AS unassigned,
        sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) AS waiting, sum(snoozed) AS snoozed
    FROM ticket WHERE merged_into IS NOT NULL AND due_rank = 0 GROUP BY provider
) AS merged
WHERE merged.provider = desk_counter.provider;

-- A round looks at each: what was given with it may be due to be destroyed.
UPDATE ticket SET due_rank = 1, due_key = 9223372036854775807, next_due_at = NULL, late = 0, snoozed = 0,
    summary = '{"clock":null,"waits":[],"facts":{}}', step_at = updated_at
WHERE merged_into IS NOT NULL;
