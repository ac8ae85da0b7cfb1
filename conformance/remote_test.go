package conformance_test

import (
	"bufio"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// startAimock starts the foreign mock for the time of the test and returns its
// address.
func startAimock(t *testing.T) string {
	t.Helper()
	cmd := needNPM(t, "aimock.js")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait() // killed by the end of the test, or told by that of its input
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(url)
}

// TestRemote holds package remote against a server that is not ours, in every
// format, whole and streamed.
func TestRemote(t *testing.T) {
	t.Parallel()
	url := startAimock(t)
	for _, format := range wire.Formats() {
		for _, stream := range []bool{false, true} {
			t.Run(format.String()+"/"+way(stream), func(t *testing.T) {
				t.Parallel()
				transport := remote.NewTransport()
				defer transport.CloseIdleConnections()
				m, err := remote.New(remote.Config{Model: "m", Format: format, BaseURL: url, Whole: !stream, Transport: transport})
				if err != nil {
					t.Fatal(err)
				}
				holdRemote(t, m, stream)
			})
		}
	}
}

func holdRemote(t *testing.T, m *remote.Model, stream bool) {
	t.Helper()
	ask := func(prompt string) (llm.Answer, *llm.Error) {
		ans, err := m.Call(t.Context(), llm.Call{Request: &llm.Request{System: system, Prompt: prompt, MaxTokens: 64}})
		return ans, llm.AsError(err)
	}
	want := llm.Answer{Text: "Quite well, thank you.", Model: "m", Usage: llm.Usage{Input: 11, Output: 6}}
	if got, err := ask("good"); err != nil || !cmp.Equal(want, got) {
		t.Errorf("error %v (-want +got):\n%s", err, cmp.Diff(want, got))
	}
	wait := llm.HintAfter(7 * time.Second)
	if _, err := ask("limited"); err == nil || err.Kind != llm.RateLimited || err.Status != 429 || err.RetryAfter != wait || err.Message != "Too fast." {
		t.Errorf("limited: %+v", err)
	}
	if _, err := ask("broken"); err == nil || err.Kind != llm.ServerError || err.Status != 500 || err.Message != "Sorry." {
		t.Errorf("broken: %+v", err)
	}
	if !stream {
		return
	}
	got, err := ask("cut")
	if err == nil || err.Kind != llm.Connection || got.Text == "" || got.Text == want.Text || !strings.HasPrefix(want.Text, got.Text) {
		t.Errorf("cut: %q, %v", got.Text, err)
	}
}
