#!/bin/sh
NAME="${name}"
echo "$NAME" $$ $(id) "$${HOME}" \t \\ 
%{ for package in packages }install ${package}
%{ endfor }
