package mockprovider

// NewTransport makes a proxy's own way to its upstream.
var NewTransport = newTransport
