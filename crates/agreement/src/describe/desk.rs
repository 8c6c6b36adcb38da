//! What happens at the desk, in words: who may do what, ways in, notices, tasks, waiting, data.

use crate::describe::{Speaker, Told, Topic};
use terms::{
    AfterClosing, Channel, Clause, ClosedReply, Condition, DataDuty, MailTemplate, Notice, Opens, Permission,
    Queue, SatisfactionRule, Task,
};

impl<'a> Speaker<'a> {
    /// Every rule about the handling of requests, in the order of the document.
    pub(crate) fn desk_told(&self) -> Vec<Told<'a>> {
        let terms = self.terms;
        let mut told: Vec<Told<'a>> = Vec::new();
        let mut add = |clause: &'a Clause, topic: Topic, name: String, says: String| {
            told.push(Told { clause, topic, name, says });
        };
        for role in &terms.roles {
            let key = if role.own_queue { "woven-role-own-queue" } else { "woven-role" };
            let name = self.label(&role.label, &role.name).to_owned();
            add(&role.clause, Topic::Desk, name, self.word(key).into_owned());
        }
        for permission in &terms.permissions {
            let name = self.act(permission);
            add(&permission.clause, Topic::Permission, name, self.permission(permission));
        }
        for channel in &terms.channels {
            let name = words::channel_name(self.language, &channel.name);
            let name = self.say("woven-channel", &[("name", &name)]);
            add(&channel.clause, Topic::Desk, name, self.channel(channel));
        }
        if let Some(queue) = &terms.queue {
            add(&queue.clause, Topic::Desk, self.word("woven-queue").into_owned(), self.queue(queue));
        }
        if let Some(rule) = &terms.satisfaction {
            let name = self.word("woven-satisfaction").into_owned();
            add(&rule.clause, Topic::Desk, name, self.satisfaction(rule));
        }
        if let Some(rule) = &terms.after_closing {
            let name = self.word("woven-after-closing").into_owned();
            add(&rule.clause, Topic::Desk, name, self.after_closing(rule));
        }
        for pause in &terms.pauses {
            add(&pause.clause, Topic::Desk, self.pause_name(&pause.name), self.pause_details(pause));
        }
        for notice in &terms.notices {
            let name = self.word("woven-notice-name").into_owned();
            add(&notice.clause, Topic::Desk, name, self.notice(notice));
        }
        for mail in &terms.mails {
            let name = self.word("told-mail").into_owned();
            add(&mail.clause, Topic::Desk, name, self.mail(mail));
        }
        for task in &terms.tasks {
            let name = self.label(&task.label, &task.name).to_owned();
            add(&task.clause, Topic::Desk, name, self.task(task));
        }
        for data in &terms.data {
            add(&data.clause, Topic::Desk, self.word("woven-data").into_owned(), self.data(data));
        }
        told
    }

    fn queue(&self, queue: &Queue) -> String {
        let order: Vec<String> = queue.order.iter().map(|name| self.order(name)).collect();
        let mut told = vec![self.say("woven-queue-order", &[("order", &order.join(", "))])];
        if !queue.jump.is_empty() {
            let key = if queue.jump_reason { "woven-queue-jump-reason" } else { "woven-queue-jump" };
            told.push(self.say(key, &[("who", &self.roles(&queue.jump))]));
        }
        told.join(" ")
    }

    fn satisfaction(&self, rule: &SatisfactionRule) -> String {
        if !rule.asked {
            return self.word("woven-satisfaction-none").into_owned();
        }
        let question = self.label(&rule.question, "");
        let mut told = vec![self.word("woven-satisfaction-asked").into_owned()];
        if !question.is_empty() {
            told.push(self.say("woven-satisfaction-question", &[("question", question)]));
        }
        let answers: Vec<&str> =
            rule.scale.iter().map(|answer| self.label(&answer.label, &answer.name)).collect();
        if !answers.is_empty() {
            told.push(self.say("woven-satisfaction-scale", &[("answers", &answers.join(", "))]));
        }
        told.join(" ")
    }

    fn after_closing(&self, rule: &AfterClosing) -> String {
        let span = rule.reopens_within.as_ref().map(|span| words::span_in_words(self.language, span));
        match (rule.reply, span) {
            (ClosedReply::Reopens, _) => self.word("woven-after-closing-reopens").into_owned(),
            (ClosedReply::FollowsUp, None) => self.word("woven-after-closing-follows").into_owned(),
            (ClosedReply::FollowsUp, Some(span)) => {
                self.say("woven-after-closing-within", &[("span", &span)])
            }
        }
    }

    /// The words prescribed for a mail, as they stand in the document.
    fn mail(&self, mail: &MailTemplate) -> String {
        let of: Vec<String> = mail
            .of
            .iter()
            .map(|kind| match kind.strip_prefix("notice.") {
                Some(name) => {
                    let notice = self.terms.notices.iter().find(|notice| notice.name == name);
                    notice.map_or_else(|| name.to_owned(), |notice| self.event(&notice.on))
                }
                None => self.word(&format!("told-mail-{}", kind.replace('_', "-"))).into_owned(),
            })
            .collect();
        let mut told = vec![self.say("told-mail-for", &[("mails", &of.join(", "))])];
        if mail.when != Condition::Always {
            told.push(self.say("woven-only-when", &[("condition", &self.condition(&mail.when))]));
        }
        let tag = self.language.tag();
        let tag = if mail.body.iter().any(|(known, _)| known == tag) {
            tag
        } else {
            mail.body.iter().next().map_or(tag, |(known, _)| known)
        };
        let value = |name: &str| {
            let key = format!("told-mail-value-{}", name.replace('_', "-"));
            let known = words::has_text(self.language, &key);
            let told = if known { self.word(&key).into_owned() } else { self.fact(&name.into()) };
            Some(format!("[{told}]"))
        };
        if let Some((subject, body)) = mail.filled(tag, &value) {
            let body = body.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
            told.push(self.say("told-mail-says", &[("subject", &subject), ("body", &body)]));
        }
        told.join(" ")
    }

    fn notice(&self, notice: &Notice) -> String {
        let (roles, event) = (self.roles(&notice.tell), self.event(&notice.on));
        let mut told =
            vec![format!("{}.", self.say("woven-notice", &[("roles", &roles), ("event", &event)]))];
        if notice.once {
            told.push(self.word("told-notice-once").into_owned());
        }
        let ways: Vec<String> = notice.by.iter().map(|way| words::channel_name(self.language, way)).collect();
        if !ways.is_empty() {
            told.push(self.say("told-notice-by", &[("ways", &ways.join(", "))]));
        }
        let says: Vec<String> = notice.says.iter().map(|what| self.plain(what)).collect();
        if !says.is_empty() {
            told.push(self.say("told-notice-says", &[("list", &says.join(", "))]));
        }
        told.join(" ")
    }

    pub(crate) fn act(&self, permission: &Permission) -> String {
        let label = self.label(&permission.label, "");
        if !label.is_empty() {
            return label.to_owned();
        }
        let key = format!("woven-act-{}", permission.act);
        if words::has_text(self.language, &key) {
            self.word(&key).into_owned()
        } else {
            permission.act.replace('_', " ")
        }
    }

    fn permission(&self, permission: &Permission) -> String {
        let who = self.roles(&permission.who);
        let mut told = vec![if permission.to.is_empty() {
            self.say("woven-permission", &[("who", &who)])
        } else {
            self.say("woven-permission-to", &[("who", &who), ("to", &self.roles(&permission.to))])
        }];
        if !permission.needs.is_empty() {
            let needs: Vec<String> =
                permission.needs.iter().map(|need| self.fact(&need.as_str().into())).collect();
            told.push(self.say("woven-permission-needs", &[("needs", &needs.join(", "))]));
        }
        if permission.reason {
            told.push(self.word("woven-permission-reason").into_owned());
        }
        told.extend(self.permission_details(permission));
        told.join(" ")
    }

    fn channel(&self, channel: &Channel) -> String {
        let key = match channel.opens {
            Opens::Automatically => "woven-channel-automatically",
            Opens::ByAgent => "woven-channel-by-agent",
            Opens::Never => "woven-channel-never",
        };
        let opens = self.word(key);
        let mut told = opens.into_owned();
        if channel.recommended {
            let separator = self.word("woven-separator");
            told = format!("{told}{separator}{}", self.word("woven-channel-recommended"));
        }
        if channel.only_if != Condition::Always {
            let condition = self.condition(&channel.only_if);
            told = format!("{told}. {}", self.say("told-channel-only-if", &[("condition", &condition)]));
        }
        if let Some(calendar) = &channel.during {
            let calendar = self.calendar_name(calendar);
            told = format!("{told}. {}", self.say("told-during", &[("calendar", &calendar)]));
        }
        told
    }

    fn order(&self, name: &str) -> String {
        let key = format!("woven-order-{name}");
        if words::has_text(self.language, &key) {
            self.word(&key).into_owned()
        } else {
            self.fact(&name.into())
        }
    }

    fn task(&self, task: &Task) -> String {
        let who = self.choice(&task.who, &|role| self.role(role));
        let mut told = vec![self.say("woven-task", &[("who", &who)])];
        if let Some(event) = &task.on {
            told.push(self.say("told-task-on", &[("event", &self.event(event))]));
        }
        if task.optional {
            told.push(self.word("told-task-optional").into_owned());
        }
        if let Some(calendar) = &task.during {
            let calendar = self.calendar_name(calendar);
            told.push(self.say("told-during", &[("calendar", &calendar)]));
        }
        if !task.may_take_over.is_empty() {
            told.push(self.say("woven-task-take-over", &[("who", &self.roles(&task.may_take_over))]));
        }
        if task.refusal.as_deref() == Some("no fault") {
            told.push(self.word("woven-task-refusal").into_owned());
        }
        if !task.needs_one.is_empty() {
            let needs: Vec<String> = task.needs_one.iter().map(|need| self.named_thing(need)).collect();
            told.push(self.say("woven-task-needs-one", &[("needs", &needs.join(", "))]));
        }
        if !task.blocks.is_empty() {
            let blocked: Vec<String> = task.blocks.iter().map(|path| self.subject(path)).collect();
            told.push(self.say("told-task-blocks", &[("list", &blocked.join(", "))]));
        }
        told.join(" ")
    }

    fn named_thing(&self, name: &str) -> String {
        let key = format!("woven-kept-{name}");
        if words::has_text(self.language, &key) {
            self.word(&key).into_owned()
        } else {
            name.replace('_', " ")
        }
    }

    fn data(&self, data: &DataDuty) -> String {
        let names =
            |names: &[String]| names.iter().map(|name| self.named_thing(name)).collect::<Vec<_>>().join(", ");
        let event = self.event(&terms::EventPattern::any(&data.destroy));
        let told = self.say(
            "woven-data-destroyed",
            &[("event", &event), ("what", &names(&data.what)), ("keep", &names(&data.keep))],
        );
        let Some(backups) = &data.backups else { return told };
        let span = self.choice(backups, &|span| self.span(span));
        format!("{told} {}", self.say("told-data-backups", &[("span", &span)]))
    }
}
