package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The mock serves all three formats at the address it prints, until it is
// stopped.
func TestMock(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"tailgate", "mock", "steady", "--addr", "127.0.0.1:0", "--time-scale", "1000"}, in, io.Discard)
	}()
	base, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	base = strings.TrimSpace(base)
	model := firstModel(t, base)
	for path, body := range map[string]string{
		"/v1/chat/completions": `{"model":"` + model + `","messages":[{"role":"user","content":"hi"}]}`,
		"/v1/messages":         `{"model":"` + model + `","max_tokens":64,"messages":[{"role":"user","content":"hi"}]}`,
		"/v1beta/models/" + model + ":generateContent": `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`,
	} {
		if status, text := post(t, base+path, body); status != http.StatusOK || !strings.Contains(text, `"text":`) && !strings.Contains(text, `"content":`) {
			t.Errorf("%s: status %d, %s", path, status, text)
		}
	}
	if status, _ := post(t, base+"/v1/chat/completions", `{"model":"nosuch","messages":[]}`); status != http.StatusNotFound && status != http.StatusBadRequest {
		t.Errorf("an unknown model gives status %d", status)
	}
	stop()
	if got := <-code; got != exitGood {
		t.Errorf("exit code %d, want %d", got, exitGood)
	}
}

// firstModel asks which models there are.
func firstModel(t *testing.T, base string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/v1/models", nil)
	if err != nil {
		t.Fatal(err)
	}
	text := do(t, req)
	_, rest, ok := strings.Cut(text, `"id":"`)
	if !ok {
		t.Fatalf("no model in %s", text)
	}
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

func post(t *testing.T, url, body string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func do(t *testing.T, req *http.Request) string {
	t.Helper()
	res, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
