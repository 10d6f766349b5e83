// Client asks a listener once with net/http and prints the body and the status, or the error as Go programs show it.
//
//	client ADDRESS HOST SERVER_CA 1.2|1.3 [FOLDER/NAME]
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	if err := ask(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ask(arguments []string) error {
	if len(arguments) < 4 {
		return errors.New("usage: client ADDRESS HOST SERVER_CA 1.2|1.3 [FOLDER/NAME]")
	}
	address, host := arguments[0], arguments[1]
	config, err := configuration(arguments[2], arguments[3], arguments[4:])
	if err != nil {
		return err
	}
	var dialer net.Dialer
	client := http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig: config,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
		},
	}
	response, err := client.Get("https://" + host + "/")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n%d", body, response.StatusCode)
	return nil
}

func configuration(serverCA, version string, bundle []string) (*tls.Config, error) {
	pem, err := os.ReadFile(serverCA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", serverCA)
	}
	only := map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[version]
	config := &tls.Config{RootCAs: roots, MinVersion: only, MaxVersion: only}
	if len(bundle) > 0 {
		pair, err := tls.LoadX509KeyPair(bundle[0]+".chain.pem", bundle[0]+".key")
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
