package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// The help of every command fits a terminal, has what the command takes, and is
// the same however it is asked for.
func TestHelp(t *testing.T) {
	t.Parallel()
	help := func(args ...string) string {
		var out, errs bytes.Buffer
		if code := runAlone(t, &out, &errs, args[1:]...); code != exitGood || errs.Len() > 0 {
			t.Errorf("%v: exit code %d, %s", args, code, errs.String())
		}
		return out.String()
	}
	checkWidth(t, help("tailgate", "--help"))
	var visit func(path []string, commands []*cli.Command)
	visit = func(path []string, commands []*cli.Command) {
		for _, c := range commands {
			own := append(slices.Clip(path), c.Name)
			text := help(append(own, "--help")...)
			checkWidth(t, text)
			if other := help(append(slices.Clip(path), "help", c.Name)...); other != text {
				t.Errorf("help %v differs:\n%s", own, other)
			}
			for _, f := range c.Flags {
				if !strings.Contains(text, "\n   --"+f.Names()[0]) {
					t.Errorf("%v: --%s is not there", own, f.Names()[0])
				}
			}
			visit(own, c.Subcommands)
		}
	}
	reading.Lock()
	app := newApp(nil, nil)
	reading.Unlock()
	visit([]string{"tailgate"}, app.Commands)
}

func checkWidth(t *testing.T, text string) {
	t.Helper()
	for l := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(l, "\n")); n > helpWidth || strings.TrimRight(l, " \n") != strings.TrimSuffix(l, "\n") {
			t.Errorf("%d columns: %q", n, l)
		}
	}
	if !strings.HasPrefix(text, "NAME:\n   tailgate") || !strings.Contains(text, "USAGE:\n   tailgate") || strings.Contains(text, "{{") {
		t.Errorf("the help is %s", text)
	}
}
