//! Techniques, entries and targets with their compiled expressions, the weights, and the laws that these cards keep.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use model::Class;

use crate::card::{KindCard, Text};
use crate::cel::{Program, Template};
use crate::technique::{May, Need, RiskCard, TargetCard, TechniqueCard};
use crate::validate::{CardNames, error};
use crate::{CardError, Catalog, did_you_mean};

/// A technique with its compiled expressions.
#[derive(Debug)]
pub struct Technique {
    pub card: TechniqueCard,
    compiled: OnceLock<Result<Plan, String>>,
}

/// The expressions of a technique, each beside its place on the card.
#[derive(Debug)]
pub struct Plan {
    pub when: Option<Program>,
    /// One for each need: what it is of.
    pub needs: Vec<Option<Program>>,
    /// One for each need: the workloads that act for the attacker.
    pub through: Vec<Option<Program>>,
    /// One for each gain.
    pub gains: Vec<Program>,
    pub does: Template,
    pub fix: Option<Template>,
}

impl Technique {
    pub(crate) fn new(card: TechniqueCard) -> Self {
        Technique { card, compiled: OnceLock::new() }
    }

    /// Compiled when first needed.
    pub fn plan(&self) -> Result<&Plan, &str> {
        self.compiled.get_or_init(|| compile(&self.card)).as_ref().map_err(|e| &**e)
    }

    pub fn is_on(&self, kind: &str, class: Class) -> bool {
        is_on(&self.card.on, &self.card.class, kind, class)
    }
}

fn compile(card: &TechniqueCard) -> Result<Plan, String> {
    let of = |need: &Need| match need {
        Need::Entry(_) | Need::May(May { of: None, .. }) => Ok(None),
        Need::Level(_, of) | Need::May(May { of: Some(of), .. }) => Program::compile(of).map(Some),
    };
    let through = |need: &Need| match need {
        Need::May(May { through: Some(through), .. }) => Program::compile(through).map(Some),
        _ => Ok(None),
    };
    Ok(Plan {
        through: card.needs.iter().map(through).collect::<Result<_, _>>()?,
        when: card.when.as_ref().map(|text| Program::compile(text)).transpose()?,
        needs: card.needs.iter().map(of).collect::<Result<_, _>>()?,
        gains: card.gains.iter().map(|(_, of)| Program::compile(of)).collect::<Result<_, _>>()?,
        does: Template::compile(&card.does)?,
        fix: card.fix.as_ref().map(|fix| Template::compile(&fix.say)).transpose()?,
    })
}

/// A target with its compiled expressions.
#[derive(Debug)]
pub struct Target {
    pub card: TargetCard,
    compiled: OnceLock<Result<TargetPlan, String>>,
}

#[derive(Debug)]
pub struct TargetPlan {
    pub when: Option<Program>,
    pub raise: Vec<Program>,
}

impl Target {
    pub(crate) fn new(card: TargetCard) -> Self {
        Target { card, compiled: OnceLock::new() }
    }

    pub fn plan(&self) -> Result<&TargetPlan, &str> {
        let compile = || {
            let when = self.card.when.as_ref().map(|text| Program::compile(text)).transpose()?;
            let raise =
                self.card.raise.iter().map(|r| Program::compile(&r.when)).collect::<Result<_, String>>()?;
            Ok(TargetPlan { when, raise })
        };
        self.compiled.get_or_init(compile).as_ref().map_err(|e: &String| &**e)
    }

    pub fn is_on(&self, kind: &str, class: Class) -> bool {
        is_on(&self.card.on, &self.card.class, kind, class)
    }
}

fn is_on(on: &[Text], classes: &[Class], kind: &str, class: Class) -> bool {
    let named = |on: &Text| &**on == kind || on.ends_with('.') && kind.starts_with(&**on);
    classes.contains(&class) || on.iter().any(named)
}

/// What is wrong with an expression: it is none, or it names what does not exist.
fn wrong_names(text: &Text, names: &CardNames<'_>) -> Vec<String> {
    match Program::compile(text) {
        Ok(program) => program.check(names),
        Err(message) => vec![message],
    }
}

impl RiskCard {
    /// The probability of a row.
    pub fn p(&self, row: &str) -> Option<f64> {
        self.likelihood.iter().find(|(name, ..)| &**name == row).map(|(_, p, _)| *p)
    }
}

impl Catalog {
    pub(crate) fn validate_attack(&self, relations: &HashSet<Arc<str>>, errors: &mut Vec<CardError>) {
        for technique in &self.techniques {
            self.validate_technique(&technique.card, relations, errors);
        }
        for target in &self.targets {
            self.validate_target(&target.card, relations, errors);
        }
        for card in &self.entries {
            if let Some(message) = self.unknown_row(&card.likelihood) {
                errors.push(error(&card.file, &card.likelihood, message));
            }
        }
        errors.extend(self.wrong_weights());
    }

    fn validate_technique(
        &self,
        card: &TechniqueCard,
        relations: &HashSet<Arc<str>>,
        errors: &mut Vec<CardError>,
    ) {
        let mut push = |text: &Text, message: String| errors.push(error(&card.file, text, message));
        if card.pages.is_empty() {
            push(&card.technique, "no page is cited under `pages`".into());
        }
        if card.needs.is_empty() || card.gains.is_empty() {
            push(&card.technique, "a technique needs something and gains something".into());
        }
        if card.attack.is_empty() && card.atlas.is_empty() {
            push(&card.technique, "no technique of MITRE ATT&CK or ATLAS is named".into());
        }
        if let Some(message) = self.unknown_row(&card.likelihood) {
            push(&card.likelihood, message);
        }
        for need in &card.needs {
            match need {
                Need::Entry(entry) if !self.entries.iter().any(|e| e.entry.text == entry.text) => {
                    let known = self.entries.iter().map(|e| &*e.entry.text);
                    push(entry, format!("unknown entry {:?}{}", entry.text, did_you_mean(entry, known)));
                }
                _ => {}
            }
        }
        for check in card.fix.iter().flat_map(|fix| &fix.checks) {
            if self.check(check).is_none() {
                let known = self.checks.iter().map(|c| &*c.card.id.text);
                push(check, format!("unknown check {:?}{}", check.text, did_you_mean(check, known)));
            }
        }
        let kinds = self.kinds_of(&card.on, &card.class, &mut push);
        if kinds.is_empty() {
            return push(&card.technique, "a technique is `on` kinds or on a `class`".into());
        }
        let names = CardNames { catalog: self, kinds, relations };
        let of = card.needs.iter().filter_map(|need| match need {
            Need::Level(_, of) => Some(of),
            Need::May(may) => may.of.as_ref(),
            Need::Entry(_) => None,
        });
        let through = card.needs.iter().filter_map(|need| match need {
            Need::May(may) => may.through.as_ref(),
            _ => None,
        });
        for text in card.when.iter().chain(of).chain(through).chain(card.gains.iter().map(|(_, of)| of)) {
            wrong_names(text, &names).into_iter().for_each(|m| push(text, m));
        }
        for text in [&card.does].into_iter().chain(card.fix.iter().map(|fix| &fix.say)) {
            match Template::compile(text) {
                Ok(template) => template.check(&names).into_iter().for_each(|m| push(text, m)),
                Err(message) => push(text, message),
            }
        }
    }

    fn validate_target(&self, card: &TargetCard, relations: &HashSet<Arc<str>>, errors: &mut Vec<CardError>) {
        let mut push = |text: &Text, message: String| errors.push(error(&card.file, text, message));
        if !(1..=10).contains(&card.impact) || card.levels.is_empty() {
            push(&card.target, "a target has levels, and an impact from 1 to 10".into());
        }
        let kinds = self.kinds_of(&card.on, &card.class, &mut push);
        if kinds.is_empty() {
            return push(&card.target, "a target is `on` kinds or on a `class`".into());
        }
        let names = CardNames { catalog: self, kinds, relations };
        for text in card.when.iter().chain(card.raise.iter().map(|r| &r.when)) {
            wrong_names(text, &names).into_iter().for_each(|m| push(text, m));
        }
    }

    /// The kinds that a card is on; those that do not exist are told.
    fn kinds_of(
        &self,
        on: &[Text],
        classes: &[Class],
        push: &mut dyn FnMut(&Text, String),
    ) -> Vec<&KindCard> {
        for kind in on {
            if let Some(message) = self.unknown_kind(kind) {
                push(kind, message);
            }
        }
        let cards = self.kinds.iter().map(|kind| &kind.card);
        cards.filter(|card| is_on(on, classes, &card.kind, card.class)).collect()
    }

    fn unknown_row(&self, row: &Text) -> Option<String> {
        let known = self.risk.likelihood.iter().map(|(name, ..)| &*name.text);
        self.risk
            .p(row)
            .is_none()
            .then(|| format!("risk.yaml has no likelihood {:?}{}", row.text, did_you_mean(row, known)))
    }

    fn wrong_weights(&self) -> Option<CardError> {
        let risk = &self.risk;
        let probability = |p: f64| p > 0.0 && p <= 1.0;
        let falling = |list: &mut dyn Iterator<Item = f64>| {
            let list: Vec<f64> = list.collect();
            list.windows(2).all(|pair| pair[0] > pair[1])
        };
        let message = if !risk.likelihood.iter().all(|(_, p, _)| probability(*p)) {
            "a likelihood is above 0 and at most 1"
        } else if !probability(risk.conditional) || !probability(risk.unknown) {
            "`conditional` and `unknown` are above 0 and at most 1"
        } else if !falling(&mut risk.bands.iter().map(|(_, p)| *p)) {
            "bands fall from the most likely to the least"
        } else if !falling(&mut risk.matrix.iter().map(|(impact, _)| f64::from(*impact))) {
            "rows of the matrix fall from the worst impact to the least"
        } else if risk.matrix.iter().any(|(_, levels)| levels.len() != risk.bands.len()) {
            "each row of the matrix has a level for each band"
        } else if risk.matrix.iter().flat_map(|(_, l)| l).any(|l| l.parse::<model::Severity>().is_err()) {
            "a level is one of info, low, medium, high, critical"
        } else {
            return None;
        };
        Some(CardError { file: risk.file.clone(), line: 1, message: message.into() })
    }
}
