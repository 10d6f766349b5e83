// Command s3-server serves one bucket in memory over S3's API, on loopback, and requires requests that are signed.
//
// It prints the address on which it listens, as one line, and ends with an interrupt. The key pair comes from
// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, as for its clients.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address of the API")
	bucket := flag.String("bucket", "state", "name of the bucket, which is made")
	hostStyle := flag.Bool("virtual-host", false, "the bucket stands in the host name only, as with OSS")
	flag.Parse()

	id, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if id == "" || secret == "" {
		// Without a pair the library would let everybody in.
		log.Fatal("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be there")
	}
	store := s3mem.New()
	if err := store.CreateBucket(context.Background(), *bucket); err != nil {
		log.Fatal(err)
	}
	api := gofakes3.New(store,
		gofakes3.WithV4Auth(map[string]string{id: secret}),
		gofakes3.WithHostBucket(*hostStyle),
		gofakes3.WithGlobalLog(),
	)
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	log.Fatal(http.Serve(listener, api.Server()))
}
