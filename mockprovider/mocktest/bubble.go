package mocktest

import (
	"net/http"
	"testing"

	"github.com/tailgate-bench/tailgate/mockprovider"
)

// StartInBubble is [Start] for a test inside [testing/synctest], where time is
// fake: a client that waits an hour for its next try has done so at once, and
// the journal's times are exact.
//
// Only [Server.Client] reaches the server, since there is no network: every
// connection is a pipe. A pipe cannot be reset, so what would be a TCP reset is
// the end of the connection.
func StartInBubble(t *testing.T, c mockprovider.Config) *Server {
	t.Helper()
	models, handler := build(t, c)
	t.Cleanup(func() { logSeed(t, c) })
	client := &http.Client{Transport: ServeInBubble(t, handler)}
	return &Server{URL: "http://mock", Journal: handler.Journal, Models: models, client: client}
}
