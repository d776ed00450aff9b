import { mount } from 'svelte';

import './tokens.css';
import './base.css';
import App from './shell/App.svelte';
import { applyTheme, storedTheme } from './shell/theme';
import { decodeView } from './lib/view';

applyTheme(decodeView(window.location.search).view.theme ?? storedTheme());
mount(App, { target: document.body });
