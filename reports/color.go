package reports

import (
	"fmt"
	"os"

	"golang.org/x/term"
)

// ColorMode is the user's wish about colour.
type ColorMode string

// The modes of --color.
const (
	ColorAuto   ColorMode = "auto"
	ColorAlways ColorMode = "always"
	ColorNever  ColorMode = "never"
)

// ParseColorMode reads the value of --color; "" means [ColorAuto].
func ParseColorMode(s string) (ColorMode, error) {
	switch mode := ColorMode(s); mode {
	case "":
		return ColorAuto, nil
	case ColorAuto, ColorAlways, ColorNever:
		return mode, nil
	default:
		return "", fmt.Errorf("color is %q, must be auto, always or never", s)
	}
}

// UseColor decides about colour, once. The first rule that speaks wins: the
// mode; NO_COLOR, present and not empty; FORCE_COLOR or CLICOLOR_FORCE, neither
// empty nor 0; last, whether the stream is a terminal that is not dumb. The
// function env looks up a variable, as os.Getenv does.
func UseColor(mode ColorMode, env func(string) string, terminal bool) bool {
	switch {
	case mode == ColorNever:
		return false
	case mode == ColorAlways:
		return true
	case env("NO_COLOR") != "":
		return false
	case forced(env("FORCE_COLOR")) || forced(env("CLICOLOR_FORCE")):
		return true
	default:
		return terminal && env("TERM") != "dumb"
	}
}

func forced(v string) bool { return v != "" && v != "0" }

// TerminalWidth returns the width of the terminal behind f in columns; ok is
// false if f is not a terminal.
func TerminalWidth(f *os.File) (width int, ok bool) {
	width, _, err := term.GetSize(int(f.Fd()))
	return width, err == nil && width > 0
}
