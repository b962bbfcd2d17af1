//! A picture on a terminal of any size. Nothing here is kept between two frames but where people
//! scrolled to.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Borders, Cell as Drawn, Paragraph, Row, Table};

use super::grid::{self, COLUMNS, Cell, Grid, Tone};
use super::picture::Picture;

/// Most regions that are shown beside the stages; the stages name the others.
const REGIONS_SHOWN: u16 = 4;
/// Fewest rows of stages; with less room the other tables go.
const STAGES_LEAST: u16 = 4;
/// Fewest rows of a terminal for anything beside the stages.
const ROWS_LEAST: u16 = 14;

/// How the live view looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// Whether there are colours.
    pub(super) colours: bool,
    /// The first stage that is shown.
    pub(super) scrolled: usize,
    /// Nothing is read until people say so.
    pub(super) paused: bool,
}

impl View {
    /// Draws a picture, or says that none is there yet.
    pub(super) fn draw(&mut self, frame: &mut Frame<'_>, picture: Option<&Picture>) {
        let Some(picture) = picture else {
            frame.render_widget(Paragraph::new("reading for the first time"), frame.area());
            return;
        };
        let [head, body, foot] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Min(0),
            Constraint::Length(2),
        ])
        .areas(frame.area());
        self.head(frame, head, picture);
        self.body(frame, body, picture);
        self.foot(frame, foot, picture);
    }

    fn head(self, frame: &mut Frame<'_>, area: Rect, picture: &Picture) {
        let up = picture.processes.iter().filter(|it| it.up).count();
        let of = picture.processes.len();
        let paused = if self.paused { ", paused" } else { "" };
        let text = format!(
            "posthouse top  {}  {up} of {of} processes{paused}",
            picture.at
        );
        let tone = if up < of { Tone::Bad } else { Tone::Plain };
        let style = self.style(tone).add_modifier(Modifier::BOLD);
        frame.render_widget(Paragraph::new(Span::styled(text, style)), area);
    }

    fn body(&mut self, frame: &mut Frame<'_>, area: Rect, picture: &Picture) {
        let stages = grid::stages(picture);
        if area.height + 3 < ROWS_LEAST {
            self.stages(frame, area, stages);
            return;
        }
        let regions = u16::try_from(picture.regions.len()).unwrap_or(u16::MAX);
        // A title and headings come before the rows.
        let small = Constraint::Length(2 + regions.clamp(1, REGIONS_SHOWN));
        let [top, middle, bottom] =
            Layout::vertical([small, Constraint::Min(STAGES_LEAST), small]).areas(area);
        self.grid(frame, top, grid::regions(picture));
        self.stages(frame, middle, stages);
        self.grid(frame, bottom, grid::targets(picture));
    }

    /// The stages, scrolled no further than to the last one.
    fn stages(&mut self, frame: &mut Frame<'_>, area: Rect, mut stages: Grid) {
        let shown = usize::from(area.height.saturating_sub(2)).max(1);
        self.scrolled = self.scrolled.min(stages.rows.len().saturating_sub(shown));
        stages.rows.drain(..self.scrolled);
        self.grid(frame, area, stages);
    }

    fn grid(self, frame: &mut Frame<'_>, area: Rect, grid: Grid) {
        let numbers = grid.right();
        let align = |column: usize, line: Line<'static>| {
            if numbers.contains(&column) {
                line.right_aligned()
            } else {
                line
            }
        };
        let headings = grid.headings.iter().enumerate();
        let header = headings.map(|(column, text)| Drawn::new(align(column, Line::from(*text))));
        let header = Row::new(header).style(Style::new().add_modifier(Modifier::BOLD));
        let rows = grid.rows.into_iter().map(|row: [Cell; COLUMNS]| {
            let cells = row.into_iter().enumerate();
            Row::new(cells.map(|(column, cell)| {
                let text = Span::styled(cell.text, self.style(cell.tone));
                Drawn::new(align(column, Line::from(text)))
            }))
        });
        let widths = grid.widths.map(Constraint::Length);
        let block = Block::new().borders(Borders::TOP).title(grid.title);
        let table = Table::new(rows, widths)
            .header(header)
            .column_spacing(1)
            .block(block);
        frame.render_widget(table, area);
    }

    /// What is wrong with processes comes before how telemetry is.
    fn foot(self, frame: &mut Frame<'_>, area: Rect, picture: &Picture) {
        let away = grid::processes(picture);
        let said = match away.as_slice() {
            [] => grid::telemetry(picture),
            [only] => only.clone(),
            [first, ..] => Cell {
                text: format!("{} and {} more", first.text, away.len() - 1),
                tone: first.tone,
            },
        };
        let keys = "q quits   arrows scroll   p pauses   r reads";
        let lines = [
            Line::styled(said.text, self.style(said.tone)),
            Line::styled(keys, self.style(Tone::Faint)),
        ];
        frame.render_widget(Paragraph::new(Text::from_iter(lines)), area);
    }

    /// Without colours, what is loud is bold.
    fn style(self, tone: Tone) -> Style {
        match (tone, self.colours) {
            (Tone::Plain, _) | (Tone::Faint, false) => Style::new(),
            (Tone::Faint, true) => Style::new().add_modifier(Modifier::DIM),
            (Tone::Warn | Tone::Bad, false) => Style::new().add_modifier(Modifier::BOLD),
            (Tone::Warn, true) => Style::new().fg(Color::Yellow),
            (Tone::Bad, true) => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::super::picture::tests::{counted, page, taken};
    use super::super::source::Desk;
    use super::*;

    const VIEW: View = View {
        colours: true,
        scrolled: 0,
        paused: false,
    };

    fn picture(regions: &[&str]) -> Picture {
        let before: Vec<String> = regions.iter().map(|key| page(key, 100)).collect();
        let now: Vec<String> = regions.iter().map(|key| page(key, 350)).collect();
        let texts = |pages: &[String]| pages.join("");
        taken(&[&texts(&before)], &[&texts(&now)], &counted())
    }

    fn terminal(width: u16, height: u16) -> Terminal<TestBackend> {
        Terminal::new(TestBackend::new(width, height)).unwrap()
    }

    /// What is on the screen, without the blanks at the ends of lines.
    fn screen(terminal: &Terminal<TestBackend>) -> String {
        let shown = terminal.backend().to_string();
        let lines = shown.lines().map(|line| line.trim_matches('"').trim_end());
        Vec::from_iter(lines).join("\n")
    }

    fn drawn(width: u16, height: u16, view: &mut View, picture: &Picture) -> String {
        let mut terminal = terminal(width, height);
        terminal
            .draw(|frame| view.draw(frame, Some(picture)))
            .unwrap();
        screen(&terminal)
    }

    #[test]
    fn a_region_fits_a_small_terminal() {
        let shown = drawn(80, 24, &mut VIEW.clone(), &picture(&["cn-north"]));
        expect![[r#"
            posthouse top  1970-01-01T00:00:00.000Z  1 of 1 processes
            regions─────────────────────────────────────────────────────────────────────────
            region          open   in/s routed99 told/s waiting agents  outbox  dead
            cn-north          42   25.0   990 ms   25.0      12      4       3     1
            stages──────────────────────────────────────────────────────────────────────────
            region       role         in/s  out/s    lag  oldest decide99  full dead
            cn-north     intake       25.0      -      3       -        -    1%    -
            cn-north     router       25.0   25.0      0     0 s   990 us    0%    1
            cn-north     watchdog     25.0   25.0    250    76 s   990 us   98%    1
            cn-north     courier      25.0   25.0      0     0 s   990 us    0%    1
            cn-north     desk         25.0      -      0       -        -    0%    -








            promises────────────────────────────────────────────────────────────────────────
            region           met  missed  share     P0     P1     P2     P3   ring99
            cn-north          98     352    78%      2    350      0      0        -
            telemetry: 25.0 spans/s, 17 of 4096 wait, 5 dropped
            q quits   arrows scroll   p pauses   r reads"#]]
        .assert_eq(&shown);
    }

    /// Whether there is a row of this stage.
    fn shows(screen: &str, region: &str, role: &str) -> bool {
        let mut rows = screen.lines().map(str::split_whitespace);
        rows.any(|mut row| row.next() == Some(region) && row.next() == Some(role))
    }

    #[test]
    fn stages_scroll_to_the_last_and_no_further() {
        let regions = ["af", "br", "cn", "de", "eg", "fr", "gb", "hk"];
        let picture = picture(&regions);
        let mut view = VIEW;
        let shown = drawn(80, 24, &mut view, &picture);
        assert!(shows(&shown, "af", "intake"), "{shown}");
        view.scrolled = usize::MAX;
        let shown = drawn(80, 24, &mut view, &picture);
        assert!(shows(&shown, "hk", "desk"), "{shown}");
        assert!(!shows(&shown, "af", "intake"), "{shown}");
        assert!(view.scrolled < picture.stages.len(), "{shown}");
    }

    /// A terminal may have any size, and change it at any time.
    #[test]
    fn every_size_is_drawn() {
        let picture = picture(&["cn-north", "eu-central"]);
        let mut terminal = terminal(80, 24);
        for (width, height) in [
            (200, 60),
            (80, 24),
            (40, 10),
            (20, 5),
            (3, 2),
            (1, 1),
            (80, 24),
        ] {
            terminal.backend_mut().resize(width, height);
            let mut view = VIEW;
            terminal
                .draw(|frame| view.draw(frame, Some(&picture)))
                .unwrap();
        }
        assert!(screen(&terminal).contains("eu-central"));
    }

    #[test]
    fn what_is_loud_has_a_colour_and_without_colours_is_bold() {
        let picture = picture(&["cn-north"]);
        let style_of = |colours| {
            let mut terminal = terminal(80, 24);
            let mut view = View { colours, ..VIEW };
            terminal
                .draw(|frame| view.draw(frame, Some(&picture)))
                .unwrap();
            let buffer = terminal.backend().buffer().clone();
            let loud = buffer.content.iter().find(|cell| {
                cell.fg == Color::Red || (!colours && cell.modifier.contains(Modifier::BOLD))
            });
            loud.map(|cell| (cell.fg, cell.modifier.contains(Modifier::BOLD)))
        };
        assert_eq!(style_of(true), Some((Color::Red, true)));
        assert_eq!(style_of(false), Some((Color::Reset, true)));
    }

    #[test]
    fn who_is_away_is_named() {
        let mut picture = taken(&[], &[], &Desk::new());
        picture.processes = ["a", "b"]
            .map(|name| super::super::picture::Process {
                url: format!("http://{name}/"),
                up: false,
                why: Some("no answer within 5 s".to_owned()),
            })
            .into();
        let shown = drawn(80, 24, &mut VIEW.clone(), &picture);
        assert!(shown.contains("0 of 2 processes"), "{shown}");
        assert!(
            shown.contains("http://a/: no answer within 5 s and 1 more"),
            "{shown}"
        );
    }
}
