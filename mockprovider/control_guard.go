package mockprovider

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard lets through only those who may use the API.
func (c *Control) guard(next http.Handler) http.Handler {
	pages := http.NewCrossOriginProtection()
	pages.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "the control API is not for web pages of other sites")
	}))
	own := pages.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case c.Token == "" && !loopback(r.Host):
			problem(w, http.StatusForbidden, "without a token the control API answers only to a loopback address, not to %q", r.Host)
		case c.Token != "" && !c.authorized(r):
			w.Header().Set("WWW-Authenticate", "Bearer")
			problem(w, http.StatusUnauthorized, "the control API needs the header Authorization: Bearer TOKEN")
		default:
			own.ServeHTTP(w, r)
		}
	})
}

func (c *Control) authorized(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(token), []byte(c.Token)) == 1
}

// loopback says whether the host of a request is this machine's to itself.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}
