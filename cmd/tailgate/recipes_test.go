package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// recipes is where the examples for CI are.
var recipes = filepath.Join("..", "..", "examples", "ci")

// runner runs commands as a CI runner does: with a shell that stops at the first
// failure, in a checkout, with the variables it sets. A stand-in for go finds
// tailgate installed already.
type runner struct {
	t    *testing.T
	dir  string // the checkout
	path string
	env  []string
}

func newRunner(t *testing.T, bin, scenario string, env ...string) *runner {
	t.Helper()
	tools := t.TempDir()
	stub := "#!/bin/sh\n[ \"$1 $2\" = 'install github.com/tailgate-bench/tailgate/cmd/tailgate@latest' ]\n"
	if err := os.WriteFile(filepath.Join(tools, "go"), []byte(stub), 0o700); err != nil { //nolint:gosec // it must be executable
		t.Fatal(err)
	}
	r := &runner{t: t, dir: t.TempDir(), env: append([]string{"CI=true", "HOME=" + tools}, env...)}
	r.path = strings.Join([]string{tools, bin, os.Getenv("PATH")}, string(os.PathListSeparator))
	r.checkout("", scenario)
	return r
}

// checkout puts a scenario where a checkout would.
func (r *runner) checkout(dir, scenario string) {
	r.t.Helper()
	path := filepath.Join(r.dir, dir, "tailgate.yaml")
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(scenario), 0o600)); err != nil {
		r.t.Fatal(err)
	}
}

// run runs a script and returns its exit code and what it said.
func (r *runner) run(script string, env ...string) (code int, out string) {
	r.t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(r.t.Context()), "bash", "-e", "-o", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = r.dir, append(append([]string{"PATH=" + r.path}, r.env...), env...)
	said, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), string(said)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return 0, string(said)
}

// workflow is a workflow of GitHub Actions, as far as the recipes use it.
type workflow struct {
	On   any
	Jobs map[string]struct {
		RunsOn   string `yaml:"runs-on"`
		Needs    string
		Strategy struct {
			Matrix map[string][]any
		}
		Steps []step
	}
}

type step struct {
	Name, Uses, Run, If string
	Env                 map[string]string
	With                map[string]any
}

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(recipes, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// job runs the steps of a job until one fails, then those that run regardless,
// and returns the code of the first that failed.
func (r *runner) job(w *workflow, name string, matrix map[string]string, base string) (code int, log string) {
	r.t.Helper()
	job, ok := w.Jobs[name]
	if !ok || job.RunsOn == "" || len(job.Steps) == 0 {
		r.t.Fatalf("there is no job %q that could run", name)
	}
	for _, s := range job.Steps {
		switch {
		case s.Uses != "" && s.Run != "", s.Uses == "" && s.Run == "", s.Uses != "" && !strings.Contains(s.Uses, "@"):
			r.t.Fatalf("a step needs one of uses and run: %+v", s)
		case s.With["path"] == "base":
			r.checkout("base", base)
		}
		if s.Run == "" || code != 0 && s.If == "" {
			continue
		}
		if strings.Contains(s.Run, "${{") {
			r.t.Errorf("a script holds an expression, which whoever names a branch could fill: %s", s.Run)
		}
		var env []string
		for key, value := range s.Env {
			for name, is := range matrix {
				value = strings.ReplaceAll(value, "${{ matrix."+name+" }}", is)
			}
			env = append(env, key+"="+value)
		}
		c, out := r.run(s.Run, env...)
		code, log = cmp.Or(code, c), log+out
	}
	return code, log
}

// scenario is the example, and broken one that misses an objective.
func exampleScenario(t *testing.T) (good, broken string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(recipes, "tailgate.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	good = string(data)
	broken = strings.Replace(good, "guarded.p95 <= 10s", "guarded.p95 <= 10ms", 1)
	if broken == good {
		t.Fatal("the example has lost the objective that is to be missed")
	}
	return good, broken
}

func TestRecipes(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash to run them")
	}
	bin := buildTailgate(t)
	good, broken := exampleScenario(t)
	t.Run("github", func(t *testing.T) { t.Parallel(); recipeGitHub(t, bin, good, broken) })
	t.Run("github-compare", func(t *testing.T) { t.Parallel(); recipeCompare(t, bin, good) })
	t.Run("github-shards", func(t *testing.T) { t.Parallel(); recipeShards(t, bin, good) })
	t.Run("gitlab", func(t *testing.T) { t.Parallel(); recipeGitLab(t, bin, good, broken) })
	t.Run("gate.sh", func(t *testing.T) { t.Parallel(); recipeShell(t, bin, good, broken) })
}

// onGitHub is a runner of GitHub Actions and where its step's summary goes.
func onGitHub(t *testing.T, bin, scenario string) (r *runner, summary string) {
	t.Helper()
	summary = filepath.Join(t.TempDir(), "summary.md")
	return newRunner(t, bin, scenario, "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY="+summary), summary
}

func recipeGitHub(t *testing.T, bin, good, broken string) {
	t.Helper()
	var w workflow
	readYAML(t, "github.yml", &w)
	for scenario, want := range map[string]int{good: 0, broken: exitMissed} {
		r, summary := onGitHub(t, bin, scenario)
		code, log := r.job(&w, "tailgate", nil, "")
		if code != want {
			t.Errorf("exit code %d, want %d:\n%s", code, want, log)
		}
		if missed := strings.Contains(log, "\n::error title=objective missed::guarded.p95"); missed != (want != 0) {
			t.Errorf("annotation %v:\n%s", missed, log)
		}
		if text, err := os.ReadFile(summary); err != nil || !bytes.HasPrefix(text, []byte("### ")) || !bytes.Contains(text, []byte("| guarded |")) && !bytes.Contains(text, []byte("**guarded**")) {
			t.Errorf("the summary is %q, %v", text, err)
		}
	}
}

// Gating takes ten lines, and they are those of the README.
func TestRecipes_tenLines(t *testing.T) {
	t.Parallel()
	recipe, err := os.ReadFile(filepath.Join(recipes, "github.yml"))
	if err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(string(recipe), "\n") // the comment
	if n := strings.Count(lines, "\n"); n > 10 {
		t.Errorf("it takes %d lines", n)
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```yaml\n"+lines+"```\n") {
		t.Error("the README does not have the lines of github.yml")
	}
}

func recipeCompare(t *testing.T, bin, base string) {
	t.Helper()
	var w workflow
	readYAML(t, "github-compare.yml", &w)
	slower := strings.Replace(base, "failures: 5", "failures: 500", 1)
	for head, want := range map[string]int{base: 0, slower: exitMissed} {
		r, _ := onGitHub(t, bin, head)
		code, log := r.job(&w, "compare", nil, base)
		if code != want {
			t.Errorf("exit code %d, want %d:\n%s", code, want, log)
		}
		if regressed := strings.Contains(log, "::error title=regression::guarded "); regressed != (want != 0) {
			t.Errorf("regression %v:\n%s", regressed, log)
		}
		for _, name := range []string{"compare.html", "compare.xml", "junit.xml", "head/report.html"} {
			r.has("out/" + name)
		}
	}
}

// has fails unless a file was left.
func (r *runner) has(name string) {
	r.t.Helper()
	if info, err := os.Stat(filepath.Join(r.dir, filepath.FromSlash(name))); err != nil || info.Size() == 0 {
		r.t.Errorf("%s was not left: %v", name, err)
	}
}

func recipeShards(t *testing.T, bin, scenario string) {
	t.Helper()
	var w workflow
	readYAML(t, "github-shards.yml", &w)
	r, _ := onGitHub(t, bin, scenario)
	seeds := w.Jobs["seed"].Strategy.Matrix["seed"]
	for _, seed := range seeds[:3] { // the rest would only take longer
		if code, log := r.job(&w, "seed", map[string]string{"seed": fmt.Sprint(seed)}, ""); code != 0 {
			t.Fatalf("seed %v: exit code %d:\n%s", seed, code, log)
		}
	}
	if needs := w.Jobs["merge"].Needs; needs != "seed" {
		t.Errorf("the merge needs %q", needs)
	}
	code, log := r.job(&w, "merge", nil, "")
	if code != 0 || !strings.Contains(log, "3 seeds were run") {
		t.Errorf("exit code %d:\n%s", code, log)
	}
	r.has("merged/report.html")
}

func recipeGitLab(t *testing.T, bin, good, broken string) {
	t.Helper()
	var pipeline map[string]struct {
		BeforeScript []string `yaml:"before_script"`
		Script       []string
		Rules        []map[string]string
		AllowFailure struct {
			ExitCodes int `yaml:"exit_codes"`
		} `yaml:"allow_failure"`
		Artifacts struct {
			When    string
			Reports map[string]string
		}
	}
	readYAML(t, "gitlab.yml", &pipeline)
	job := pipeline["tailgate"]
	if job.AllowFailure.ExitCodes != exitUndecided || job.Artifacts.When != "always" || len(job.Artifacts.Reports) != 2 {
		t.Errorf("the job is %+v", job)
	}
	for scenario, want := range map[string]int{good: 0, broken: exitMissed} {
		r := newRunner(t, bin, scenario, "GITLAB_CI=true", "CI_PIPELINE_SOURCE=merge_request_event")
		code, log := r.run(strings.Join(append(job.BeforeScript, job.Script...), "\n"))
		if code != want || strings.Contains(log, "\x1b") {
			t.Errorf("exit code %d, want %d:\n%s", code, want, log)
		}
		for _, file := range job.Artifacts.Reports {
			r.has(file)
		}
	}
}

func recipeShell(t *testing.T, bin, good, broken string) {
	t.Helper()
	script, err := filepath.Abs(filepath.Join(recipes, "gate.sh"))
	if err != nil {
		t.Fatal(err)
	}
	few := strings.Replace(good, "duration: 2m", "requests: 40", 1)
	for scenario, want := range map[string]struct {
		code int
		says string
	}{
		good:                  {0, "every objective is met"},
		broken:                {exitMissed, "see out/tailgate/report.html"},
		few:                   {0, "an objective is undecided"},
		"models: [this is it": {exitUsage, "tailgate.yaml or the command line is wrong"},
	} {
		r := newRunner(t, bin, scenario)
		if code, log := r.run("sh '" + script + "'"); code != want.code || !strings.Contains(log, want.says) {
			t.Errorf("exit code %d, want %d and %q:\n%s", code, want.code, want.says, log)
		} else if want.code != exitUsage {
			r.has("out/tailgate/junit.xml")
			r.has("out/tailgate/summary.md")
		}
	}
}
