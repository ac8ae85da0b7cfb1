package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// notRun ends a command in the README that only makes sense elsewhere: in a
// checkout, with a key, or until somebody presses Ctrl-C.
const notRun = "# not run"

// Every command in a console block of the README works: each block is run by
// bash in an empty directory of its own, with tailgate on the PATH, and stops at
// the first command that fails.
func TestREADME_commands(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash to run them")
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := consoleBlocks(string(text))
	if len(blocks) == 0 {
		t.Fatal("the README has no console block with a command that can be run")
	}
	bin := buildTailgate(t)
	for _, b := range blocks {
		t.Run(fmt.Sprintf("line_%d", b.line), func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", b.script)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("README.md:%d: %v\n%s\n%s", b.line, err, b.script, out)
			}
		})
	}
}

// buildTailgate returns a directory with the binary in it.
func buildTailgate(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", dir+string(filepath.Separator), ".")
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return dir
}

// console is a block of commands in a Markdown file.
type console struct {
	line   int // of its first line in the file, counted from 1
	script string
}

// consoleBlocks returns the commands of every block fenced by ```console: the
// lines that begin with "$ ", and with "> " where one goes on. What else stands
// there is output. Commands that end in notRun, and blocks without another, are
// left out.
func consoleBlocks(markdown string) []console {
	var blocks []console
	var block *console
	for i, line := range strings.Split(markdown, "\n") {
		line = strings.TrimSpace(line)
		switch command, ok := command(line); {
		case block == nil && line == "```console":
			block = &console{line: i + 2}
		case block == nil:
		case line == "```":
			if block.script != "" {
				blocks = append(blocks, *block)
			}
			block = nil
		case ok && !strings.HasSuffix(command, notRun):
			block.script += command + "\n"
		}
	}
	return blocks
}

// command returns the command in a line of a console block.
func command(line string) (string, bool) {
	if c, ok := strings.CutPrefix(line, "$ "); ok {
		return c, true
	}
	return strings.CutPrefix(line, "> ")
}

func TestConsoleBlocks(t *testing.T) {
	t.Parallel()
	const markdown = "text\n```console\n$ one\noutput\n$ two \\\n>   more\n$ three  # not run\n```\n" +
		"```sh\n$ not ours\n```\n$ outside\n```console\n$ four\n  ```\n```console\n$ make demo # not run\n```\n"
	want := []console{{3, "one\ntwo \\\n  more\n"}, {14, "four\n"}}
	if got := consoleBlocks(markdown); !slices.Equal(got, want) {
		t.Errorf("consoleBlocks = %+v, want %+v", got, want)
	}
}
