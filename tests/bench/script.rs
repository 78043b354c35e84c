//! The same work by a plain fantoccini script, as one writes it in an afternoon with the console open beside it: `goto`,
//! `wait().for_element`, `click`, `send_keys`, no sleeps. The toast is the confirmation; then the page is loaded again, the
//! person searched, and their row looked at.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fantoccini::elements::Element;
use fantoccini::{Client, Locator};

use crate::work::{Operation, Times, Work};

/// How the script gets to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Over the links, as the recordings go.
    Links,
    /// By an address that somebody has looked up.
    Address,
}

pub(crate) struct Script<'a> {
    pub(crate) client: &'a Client,
    pub(crate) console: &'a str,
    pub(crate) way: Way,
}

impl Script<'_> {
    pub(crate) async fn run(&self, work: &Work) -> Result<Times> {
        let began = Instant::now();
        let confirmed = match work.operation {
            Operation::List => {
                let read = self.list().await?;
                ensure!(read.len() == crate::work::PEOPLE, "{} people read", read.len());
                return Ok(Times { confirmed: None, verified: Some(began.elapsed()) });
            }
            Operation::Seats => {
                self.seats().await?;
                return Ok(Times { confirmed: None, verified: Some(began.elapsed()) });
            }
            Operation::SetRole => self.set_role(work, began).await?,
            Operation::Invite => self.invite(work, began).await?,
            Operation::Remove => self.remove(work, began).await?,
            Operation::Resend => self.resend(work, began).await?,
            Operation::CancelInvite => self.cancel_invite(work, began).await?,
        };
        let verified = match work.operation {
            Operation::SetRole => {
                let row = self.row(work).await?;
                ensure!(self.text_in(&row, "td.role").await? == title(&work.role));
                Some(began.elapsed())
            }
            Operation::Invite => {
                let row = self.row(work).await?;
                ensure!(self.text_in(&row, "td.status").await? == "Pending");
                ensure!(self.text_in(&row, "td.role").await? == title(&work.role));
                Some(began.elapsed())
            }
            Operation::Remove | Operation::CancelInvite => {
                self.search(work).await?;
                self.wait("//p[contains(., 'No members match')]").await?;
                Some(began.elapsed())
            }
            // No list shows it.
            _ => None,
        };
        Ok(Times { confirmed: Some(confirmed), verified })
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Result<()> {
        self.client.goto(&format!("{}/login", self.console)).await?;
        self.wait("//input[@id='login-email']").await?.send_keys(email).await?;
        self.wait("//input[@id='login-password']").await?.send_keys(password).await?;
        self.wait("//button[normalize-space()='Log in']").await?.click().await?;
        self.wait("//a[normalize-space()='Workspace Settings']").await?;
        Ok(())
    }

    /// Opens the list that everybody starts from.
    pub(crate) async fn members(&self) -> Result<Element> {
        match self.way {
            Way::Address => self.client.goto(&format!("{}/settings/members", self.console)).await?,
            Way::Links => self.tab("Members").await?,
        }
        self.wait("//input[@id='member-search']").await
    }

    async fn tab(&self, name: &str) -> Result<()> {
        self.client.goto(self.console).await?;
        self.wait("//a[normalize-space()='Workspace Settings']").await?.click().await?;
        self.wait(&format!("//a[@role='tab'][normalize-space()='{name}']")).await?.click().await?;
        Ok(())
    }

    async fn search(&self, work: &Work) -> Result<()> {
        Ok(self.members().await?.send_keys(&work.email).await?)
    }

    async fn row(&self, work: &Work) -> Result<Element> {
        self.search(work).await?;
        self.wait(&format!("//tr[td[@class='email'][normalize-space()='{}']]", work.email)).await
    }

    /// Opens the menu of the person's row and clicks an entry.
    async fn choose_in_menu(&self, work: &Work, entry: &str) -> Result<()> {
        let row = self.row(work).await?;
        row.find(Locator::Css("button[aria-haspopup=menu]")).await?.click().await?;
        self.click(&format!("//*[@role='menuitem'][normalize-space()='{entry}']")).await
    }

    /// Clicks a button of a dialog that has opened all the way: before, the console does not listen.
    async fn click_in_dialog(&self, name: &str) -> Result<()> {
        self.click(&format!("{DIALOG}//button[normalize-space()='{name}']")).await
    }

    async fn confirmed(&self, began: Instant) -> Result<Duration> {
        self.wait("//*[contains(@class, 'toast success')]").await?;
        Ok(began.elapsed())
    }

    async fn set_role(&self, work: &Work, began: Instant) -> Result<Duration> {
        self.choose_in_menu(work, "Change role").await?;
        let select = self.wait(&format!("{DIALOG}//select")).await?;
        let option = format!("option[value={}]", title(&work.role));
        select.find(Locator::Css(&option)).await?.click().await?;
        self.click_in_dialog("Save changes").await?;
        self.confirmed(began).await
    }

    async fn remove(&self, work: &Work, began: Instant) -> Result<Duration> {
        self.choose_in_menu(work, "Remove member").await?;
        self.click_in_dialog("Remove member").await?;
        self.confirmed(began).await
    }

    async fn invite(&self, work: &Work, began: Instant) -> Result<Duration> {
        self.members().await?;
        self.click("//button[normalize-space()='Invite Members']").await?;
        self.wait(&format!("{DIALOG}//input[@type='email']")).await?.send_keys(&work.email).await?;
        self.click(&format!("{DIALOG}//button[@role='combobox']")).await?;
        self.click(&format!("//*[@role='option'][normalize-space()='{}']", title(&work.role))).await?;
        self.click_in_dialog("Send invite").await?;
        self.confirmed(began).await
    }

    async fn resend(&self, work: &Work, began: Instant) -> Result<Duration> {
        self.choose_in_menu(work, "Resend invitation").await?;
        self.confirmed(began).await
    }

    async fn cancel_invite(&self, work: &Work, began: Instant) -> Result<Duration> {
        self.choose_in_menu(work, "Cancel invitation").await?;
        self.click_in_dialog("Cancel invitation").await?;
        self.confirmed(began).await
    }

    /// Address, role and status of everybody, page by page.
    async fn list(&self) -> Result<Vec<[String; 3]>> {
        self.members().await?;
        let mut people: Vec<[String; 3]> = Vec::new();
        loop {
            let from = people.len() + 1;
            self.wait(&format!("//*[@class='pager']/span[starts-with(., '{from}-')]")).await?;
            for row in self.client.find_all(Locator::Css("tbody tr")).await? {
                people.push([
                    self.text_in(&row, "td.email").await?,
                    self.text_in(&row, "td.role").await?,
                    self.text_in(&row, "td.status").await?,
                ]);
            }
            let next = self.client.find(Locator::Id("page-next")).await?;
            if !next.is_enabled().await? {
                return Ok(people);
            }
            next.click().await?;
        }
    }

    async fn seats(&self) -> Result<String> {
        match self.way {
            Way::Address => self.client.goto(&format!("{}/settings/billing", self.console)).await?,
            Way::Links => self.tab("Billing").await?,
        }
        Ok(self.wait("//*[contains(@class, 'figure')][contains(., ' seats')]").await?.text().await?)
    }

    async fn wait(&self, path: &str) -> Result<Element> {
        Ok(self.client.wait().for_element(Locator::XPath(path)).await?)
    }

    async fn click(&self, path: &str) -> Result<()> {
        Ok(self.wait(path).await?.click().await?)
    }

    async fn text_in(&self, row: &Element, cell: &str) -> Result<String> {
        Ok(row.find(Locator::Css(cell)).await?.text().await?)
    }
}

const DIALOG: &str = "//*[contains(@class, 'backdrop')][not(contains(@class, 'opening'))]";

/// As the console writes it.
fn title(role: &str) -> String {
    role[..1].to_uppercase() + &role[1..]
}
