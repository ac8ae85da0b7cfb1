package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"
)

// badUsage says in our words what the library says of a flag.
func badUsage(c *cli.Context, err error, _ bool) error {
	return &usageError{err: flagError(c.Command.Flags, err), hint: seeHelp(c)}
}

// seeHelp is the hint to ask for the help of the command.
func seeHelp(c *cli.Context) string {
	return fmt.Sprintf("see %s --help", cmp.Or(c.Command.HelpName, c.App.Name))
}

// What the library says of flags.
var (
	wrongValue   = regexp.MustCompile(`^invalid (?:boolean )?value "(.*)" for (?:flag )?-([\w-]+): `)
	unknownFlag  = regexp.MustCompile(`^flag provided but not defined: -+([^=]*)`)
	missingValue = regexp.MustCompile(`^flag needs an argument: -+(.*)`)
	noTopic      = regexp.MustCompile(`^No help topic for '(.*?)'`)
	twoForms     = regexp.MustCompile(`^Cannot use two forms of the same flag: (\S+) (\S+)`)
)

// flagError turns an error about one of the flags into one that says what would
// be allowed; it returns others as they are.
func flagError(flags []cli.Flag, err error) error {
	if m := wrongValue.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("%s is %q, must be %s", m[2], m[1], allowed(flags, m[2]))
	}
	if m := unknownFlag.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("there is no flag --%s", m[1])
	}
	if m := missingValue.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("--%s needs a value", m[1])
	}
	if m := twoForms.FindStringSubmatch(err.Error()); m != nil {
		return errors.New("-" + m[1] + " and --" + m[2] + " are the same flag: give one of them")
	}
	return err
}

// helpError says in our words that help was asked for on what is no command.
func helpError(err error) error {
	if err == nil {
		return nil
	}
	if m := noTopic.FindStringSubmatch(err.Error()); m != nil {
		return misuse("see tailgate --help", "there is no command %q", m[1])
	}
	return err
}

// allowed says what a flag takes.
func allowed(flags []cli.Flag, name string) string {
	switch find := lookUp(flags, name); find.(type) {
	case *cli.Uint64Flag:
		return "a whole number that is not negative"
	case *cli.IntFlag:
		return "a whole number"
	case *cli.Float64Flag:
		return "a number"
	case *cli.DurationFlag:
		return "a time with its unit, such as 30s or 10m"
	case *cli.BoolFlag:
		return "true or false"
	}
	return "something else"
}

// lookUp returns the flag of that name, or nil.
func lookUp(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		for _, n := range f.Names() {
			if strings.EqualFold(n, name) {
				return f
			}
		}
	}
	return nil
}
