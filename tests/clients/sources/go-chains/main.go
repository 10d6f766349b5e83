// Chains says for each chain of a folder whether crypto/x509 accepts it from a client of a TLS server.
//
//	chains FOLDER NAME...
//
// FOLDER/NAME.anchor.pem is what the server trusts, FOLDER/NAME.chain.pem what the client sends.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	for _, name := range os.Args[2:] {
		if err := verify(filepath.Join(os.Args[1], name)); err != nil {
			fmt.Printf("%s: rejected: %v\n", name, err)
		} else {
			fmt.Printf("%s: accepted\n", name)
		}
	}
}

func verify(path string) error {
	anchors, chain := read(path+".anchor.pem"), read(path+".chain.pem")
	roots, sent := x509.NewCertPool(), x509.NewCertPool()
	for _, anchor := range anchors {
		roots.AddCert(anchor)
	}
	for _, certificate := range chain[1:] {
		sent.AddCert(certificate)
	}
	// As crypto/tls does with what a client sends.
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: sent,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}

func read(path string) []*x509.Certificate {
	rest, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	var found []*x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return found
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			panic(err)
		}
		found = append(found, certificate)
	}
}
