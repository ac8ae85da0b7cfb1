package reports_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/tailgate-bench/tailgate/reports"
)

func terminal(t *testing.T, d *reports.Document, o reports.Terminal) string {
	t.Helper()
	var b bytes.Buffer
	must(t, reports.WriteTerminal(&b, d, o))
	return b.String()
}

func TestWriteTerminal(t *testing.T) {
	t.Parallel()
	d := typical().document()
	for _, width := range []int{50, 60, 80, 100, 120} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			out := terminal(t, d, reports.Terminal{Width: width, Files: []string{"out/report.html", "out/report.json"}})
			golden(t, "report.txt", []byte(out))
			for line := range strings.SplitSeq(out, "\n") {
				if n := text.StringWidthWithoutEscSequences(line); n > width && !strings.HasPrefix(line, "out/") {
					t.Errorf("%d columns: %q", n, line)
				}
			}
			if strings.Contains(out, "\x1b") {
				t.Error("colour without being asked")
			}
		})
	}
}

func TestWriteTerminal_modes(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]reports.Terminal{
		"color": {Color: true}, "ascii": {ASCII: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := terminal(t, typical().document(), o)
			golden(t, "report.txt", []byte(out))
			if o.ASCII && strings.IndexFunc(out, func(r rune) bool { return r > 0x7e }) >= 0 {
				t.Errorf("not ASCII: %q", out)
			}
			if o.Color && text.StripEscape(out) != terminal(t, typical().document(), reports.Terminal{}) {
				t.Error("colour changes the text")
			}
		})
	}
}

func TestWriteTerminal_shapes(t *testing.T) {
	t.Parallel()
	for name, d := range shapes() {
		for _, width := range []int{20, 60, 120} {
			out := terminal(t, d, reports.Terminal{Width: width, ASCII: true})
			if bad := numbers.FindString(out); bad != "" {
				t.Errorf("%s at %d: %q in %s", name, width, bad, out)
			}
		}
	}
}

// TestWriteTerminal_control checks that a name cannot drive the terminal.
func TestWriteTerminal_control(t *testing.T) {
	t.Parallel()
	d := small().document()
	d.Strategies[1].Name, d.Warnings = "x\x1b[2Jy\u202e", []string{"\x1b]0;title\a"}
	if out := terminal(t, d, reports.Terminal{}); strings.ContainsAny(out, "\x1b\a\u202e") {
		t.Errorf("control characters got through: %q", out)
	}
}

func TestUseColor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		mode     reports.ColorMode
		env      map[string]string
		terminal bool
		want     bool
	}{
		{"terminal", reports.ColorAuto, nil, true, true},
		{"pipe", reports.ColorAuto, nil, false, false},
		{"dumb", reports.ColorAuto, map[string]string{"TERM": "dumb"}, true, false},
		{"NO_COLOR", reports.ColorAuto, map[string]string{"NO_COLOR": "1"}, true, false},
		{"NO_COLOR=0 counts", reports.ColorAuto, map[string]string{"NO_COLOR": "0"}, true, false},
		{"NO_COLOR empty", reports.ColorAuto, map[string]string{"NO_COLOR": ""}, true, true},
		{"NO_COLOR beats FORCE_COLOR", reports.ColorAuto, map[string]string{"NO_COLOR": "1", "FORCE_COLOR": "1"}, true, false},
		{"FORCE_COLOR", reports.ColorAuto, map[string]string{"FORCE_COLOR": "1"}, false, true},
		{"FORCE_COLOR=0", reports.ColorAuto, map[string]string{"FORCE_COLOR": "0"}, false, false},
		{"CLICOLOR_FORCE", reports.ColorAuto, map[string]string{"CLICOLOR_FORCE": "1", "TERM": "dumb"}, false, true},
		{"always beats NO_COLOR", reports.ColorAlways, map[string]string{"NO_COLOR": "1"}, false, true},
		{"never beats FORCE_COLOR", reports.ColorNever, map[string]string{"FORCE_COLOR": "1"}, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := func(key string) string { return tt.env[key] }
			if got := reports.UseColor(tt.mode, env, tt.terminal); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestParseColorMode(t *testing.T) {
	t.Parallel()
	if mode, err := reports.ParseColorMode(""); err != nil || mode != reports.ColorAuto {
		t.Errorf("empty: %q, %v", mode, err)
	}
	if _, err := reports.ParseColorMode("red"); err == nil || !strings.Contains(err.Error(), `"red"`) {
		t.Errorf("red: %v", err)
	}
}
