package main

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// Help fits a terminal of 80 columns. What flags do begins in one column, on a
// line of its own where the flag is too long.
const (
	helpWidth  = 80
	helpIndent = 3
	helpColumn = 26
)

// withHelp gives the program and its commands a help that fits. The library's has
// lines of any length.
func withHelp(app *cli.App) {
	app.CustomAppHelpTemplate = helpText(app.Name, &cli.Command{
		Usage: app.Usage, ArgsUsage: "COMMAND", Description: app.Description, Subcommands: app.Commands, Flags: []cli.Flag{cli.VersionFlag},
	})
	withHelpBelow(app.Name, app.Commands)
}

func withHelpBelow(parent string, commands []*cli.Command) {
	for _, c := range commands {
		name := parent + " " + c.Name
		c.CustomHelpTemplate = helpText(name, c)
		withHelpBelow(name, c.Subcommands)
	}
}

// helpText lays out the help of a command, as a template with nothing to fill in.
func helpText(name string, c *cli.Command) string {
	var b strings.Builder
	section := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		b.WriteString(title + ":\n")
		for _, l := range lines {
			b.WriteString(strings.TrimRight(strings.Repeat(" ", helpIndent)+l, " ") + "\n")
		}
		b.WriteString("\n")
	}
	section("NAME", wrap(name+" - "+c.Usage, helpWidth-helpIndent))
	section("USAGE", []string{strings.TrimSpace(name + " [options] " + c.ArgsUsage)})
	section("DESCRIPTION", paragraphs(c.Description))
	section("COMMANDS", commandLines(c.Subcommands))
	section("OPTIONS", flagLines(append(slices.Clone(c.Flags), cli.HelpFlag)))
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "{{", `{{"{{"}}`)
}

// paragraphs wraps what is not indented. The rest are examples.
func paragraphs(text string) []string {
	if text == "" {
		return nil
	}
	var lines, prose []string
	flush := func() {
		lines = append(lines, wrap(strings.Join(prose, " "), helpWidth-helpIndent)...)
		prose = nil
	}
	for l := range strings.SplitSeq(text, "\n") {
		if l != "" && l[0] != ' ' {
			prose = append(prose, l)
			continue
		}
		flush()
		lines = append(lines, l)
	}
	flush()
	return lines
}

func commandLines(commands []*cli.Command) []string {
	longest := 0
	for _, c := range commands {
		longest = max(longest, len(c.Name))
	}
	var lines []string
	for _, c := range commands {
		lines = append(lines, entry(c.Name, c.Usage, longest+2)...)
	}
	return lines
}

func flagLines(flags []cli.Flag) []string {
	var lines []string
	for _, f := range flags {
		name, usage, _ := strings.Cut(f.String(), "\t")
		name, _, _ = strings.Cut(name, " [ ") // of a flag that may be repeated
		lines = append(lines, entry(name, usage, helpColumn)...)
	}
	return lines
}

// entry is a name and, from a column on, what it means.
func entry(name, meaning string, column int) []string {
	lines := wrap(meaning, helpWidth-helpIndent-column)
	for i := range lines {
		lines[i] = strings.Repeat(" ", column) + lines[i]
	}
	if n := len(name); len(lines) > 0 && n+2 <= column {
		lines[0] = name + lines[0][n:]
		return lines
	}
	return append([]string{name}, lines...)
}

// wrap breaks a text into lines of at most so many characters, at spaces.
func wrap(text string, width int) []string {
	var lines []string
	for word := range strings.FieldsSeq(text) {
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= width {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}
