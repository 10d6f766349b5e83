"""AlbConfig and Ingress: find the listener, compute the patch (pure), apply it, and say who is affected."""
