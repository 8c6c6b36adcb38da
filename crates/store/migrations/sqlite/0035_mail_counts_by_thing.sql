-- Whether a thing was counted is asked of every letter. What one person opened had places by chance and two measures of its
-- own; it is counted anew from here, like the rest by places in the order of time.
DELETE FROM mail_count WHERE what IN ('opened_by_person', 'opened_by_person_in_a_day');
DELETE FROM mail_count WHERE EXISTS (
    SELECT 1 FROM mail_count AS former
    WHERE former.what = mail_count.what AND former.name = mail_count.name AND former.thing = mail_count.thing
      AND former.place < mail_count.place
);
CREATE UNIQUE INDEX mail_count_by_thing ON mail_count (what, name, thing);
