"""TFLite files: conversion, the quantiser, and what stands in a flatbuffer."""
