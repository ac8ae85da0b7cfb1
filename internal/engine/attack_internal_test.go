package engine

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Vegeta takes the text of an error from Status and loses errors without one.
func TestVegetaTrap_emptyStatusText(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]string{
		http.StatusOK:                  "200 OK",
		http.StatusBadRequest:          "400 Bad Request",
		http.StatusInternalServerError: "500 Internal Server Error",
		http.StatusServiceUnavailable:  "503 Service Unavailable",
	} {
		if r := respond(nil, code); r.Status != want || r.StatusCode != code {
			t.Errorf("respond(%d) has status %d %q, want %q", code, r.StatusCode, r.Status, want)
		}
	}
}

func TestAttack_requestWithoutNumber(t *testing.T) {
	t.Parallel()
	a := &attack{}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	status := a.hit(t.Context(), r, func(context.Context, Arrival) { t.Error("the request was handled") })
	if status != http.StatusBadRequest {
		t.Errorf("status %d, want 400", status)
	}
}
