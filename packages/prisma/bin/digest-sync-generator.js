#!/usr/bin/env node
import "../dist/generator.js";
