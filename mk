#!/bin/bash
# mk NAME PORT RPORT
d=/tmp/t/$1; rm -rf $d; cp -r /tmp/t/base $d; mkdir -p $d/db
sed -i "s#@@#$1#g; s#@PORT@#$2#; s#@RPORT@#$3#" $d/site/site.toml
echo $d
